/**
 * Remembers which screen a program left the terminal on, and says how to put the terminal back in order: main screen, visible
 * cursor, no mouse or paste reports, default colours and keys. A sequence may be split over two chunks.
 */
export const terminalModes = (): { see(data: string): void; restore(): string } => {
  let alternate = false;
  let rest = '';
  const switches = /\x1b\[\?(?:47|1047|1049)([hl])/g;
  return {
    see(data) {
      const seen = rest + data;
      for (const match of seen.matchAll(switches)) alternate = match[1] === 'h';
      rest = seen.slice(-8);
    },
    restore() {
      const modes = [1, 9, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004, 2026].map((mode) => `\x1b[?${mode}l`).join('');
      return `${alternate ? '\x1b[?1049l' : ''}${modes}\x1b[?7h\x1b[?25h\x1b>\x1b[<u\x1b[>4m\x1b[0m\r\n`;
    },
  };
};
