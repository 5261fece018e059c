import { printJson, printLine } from './print.ts';

/** Tells a play step by step, to people or to scripts. */
export interface Narrator {
  /** A step by its name, in words, and what scripts may want to know of it. */
  step(name: string, words: string, facts?: object): void;
  /** What became of a step: for people without a heading of its own. */
  result(name: string, words: string, facts: object): void;
  /** A sentence that scripts need not know. */
  note(words: string): void;
  /** Lines that belong to the step, for people to look at. */
  show(lines: readonly string[]): void;
  /** What it came to, at the very end. */
  close(facts: object): void;
}

export const forPeople: Narrator = {
  step: (_name, words) => {
    process.stdout.write('\n');
    printLine(`== ${words}`);
  },
  result: (_name, words) => printLine(words),
  note: printLine,
  show: (lines) => {
    for (const line of lines) process.stdout.write(`    ${line}\n`);
  },
  close: () => undefined,
};

const stepJson = (step: string, line: string, facts?: object): void => printJson({ step, line, ...facts });

/** One JSON object a line: each step, then the summary. */
export const forScripts: Narrator = {
  step: stepJson,
  result: stepJson,
  note: () => undefined,
  show: () => undefined,
  close: (summary) => printJson({ summary }),
};
