/** Version and source hash of this build, put in by esbuild.mjs; not defined when run from the sources. */
declare const BACKSTITCH_BUILD: string | undefined;

/** Texts that the bundler puts into the program as they are. */
declare module '*.md' {
  const text: string;
  export default text;
}
declare module '*.bash' {
  const text: string;
  export default text;
}
declare module '*.zsh' {
  const text: string;
  export default text;
}
declare module '*.fish' {
  const text: string;
  export default text;
}
