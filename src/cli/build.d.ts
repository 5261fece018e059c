/** Version and source hash of this build, put in by esbuild.mjs; not defined when run from the sources. */
declare const BACKSTITCH_BUILD: string | undefined;
