import xterm from '@xterm/headless';
import { spawn } from 'node-pty';

interface Started {
  cols: number;
  rows: number;
  env: Record<string, string>;
  cwd: string;
}

/** A program on a terminal of its own, as in front of a person. */
export const onTerminal = (program: string, args: string[], { env, cwd, ...size }: Started) => {
  const pty = spawn(program, args, { env, cwd, ...size, name: 'xterm-256color' });
  let output = '';
  let wake = (): void => undefined;
  // What a person sees: an emulator of that size.
  const screen = new xterm.Terminal({ ...size, allowProposedApi: true });
  pty.onData((data) => { output += data; screen.write(data, () => wake()); });
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    pty,
    ended,
    output: () => output,
    /** Rows with text, as they are on the screen. */
    rows(): string[] {
      const { active } = screen.buffer;
      const rows = Array.from({ length: screen.rows }, (_, at) => active.getLine(active.baseY + at)?.translateToString(true).trimEnd() ?? '');
      return rows.filter((row) => row !== '');
    },
    async untilScreen(isThere: (rows: string[]) => boolean): Promise<void> {
      while (!isThere(this.rows())) await new Promise<void>((resolve) => { wake = resolve; });
    },
    async until(part: string): Promise<void> {
      while (!output.includes(part)) await new Promise<void>((resolve) => { wake = resolve; });
    },
  };
};
