/** The one file that puts `backstitch` on a PATH: it runs the extension's own command line with the extension host's Node. */
export interface CommandFile {
  name: string;
  content: string;
}

/** On Windows a batch file, elsewhere a shell script. Node is VS Code's own; where that has been updated away, the one on the PATH. */
export function commandFileOf(platform: string, execPath: string, cli: string): CommandFile {
  if (platform === 'win32') {
    return { name: 'backstitch.cmd', content: `@echo off\r\nset ELECTRON_RUN_AS_NODE=1\r\n"${execPath}" "${cli}" %*\r\n` };
  }
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return {
    name: 'backstitch',
    content: `#!/bin/sh\nnode=${quoted(execPath)}\n[ -x "$node" ] || node=node\nELECTRON_RUN_AS_NODE=1 exec "$node" ${quoted(cli)} "$@"\n`,
  };
}
