/** Version and source hash of this build, put in by esbuild.mjs; not defined when run from the sources. */
declare const BACKSTITCH_BUILD: string | undefined;

/** A text that the bundler puts into the program as it is. */
declare module '*.md' {
  const text: string;
  export default text;
}
