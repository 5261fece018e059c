import { StringDecoder } from 'node:string_decoder';
import { plainText } from '../core/plainText.ts';

/** What stands on a line that is not finished (a question, a progress bar) is said after so long. */
const unfinishedMs = 100;
/** A control sequence that is longer than this is not waited for. */
const longestSequence = 4_096;

/* eslint-disable no-control-regex -- control characters are what this is about */
const opener = /[\u001b\u0090\u0098\u009b\u009d-\u009f](?=[^\u001b\u0090\u0098\u009b\u009d-\u009f]*$)/;
const openSequence = /^(?:(?:\u001b\[|\u009b)[\u0030-\u003f]*[\u0020-\u002f]*|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007]*|\u001b[\u0020-\u002f]*)$/;

/**
 * Terminal output that comes in chunks, said as plain text: whole lines at once, an unfinished one soon after. Each character is said once,
 * and no character or control sequence is cut in two.
 */
export class PlainStream {
  readonly #say: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  write(bytes: Buffer): void {
    this.#rest += this.#decoder.write(bytes);
    this.#sayUntil(this.#rest.lastIndexOf('\n') + 1);
    if (this.#rest !== '') this.#timer ??= setTimeout(() => this.#sayUnfinished(), unfinishedMs);
  }

  /** Nothing more comes: says what is left. */
  end(): void {
    clearTimeout(this.#timer);
    this.#sayUntil(this.#rest.length);
  }

  #sayUnfinished(): void {
    this.#timer = undefined;
    const at = this.#rest.slice(-longestSequence).search(opener);
    const open = at < 0 ? '' : this.#rest.slice(-longestSequence).slice(at);
    this.#sayUntil(this.#rest.length - (openSequence.test(open) ? open.length : 0));
  }

  #sayUntil(end: number): void {
    const text = plainText(this.#rest.slice(0, end));
    this.#rest = this.#rest.slice(end);
    if (text !== '') this.#say(text);
  }
}
