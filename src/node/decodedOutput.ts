import { isAscii } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';

/** Text of a program's output, and whether it is known to be of ASCII alone: nearly all is, and much can then be told of it at once. */
export interface OutputText {
  text: string;
  isAscii: boolean;
}

/** Bytes as they come into text; a character that is cut by their end is whole in the next. */
export class OutputDecoder {
  readonly #decoder = new StringDecoder('utf8');
  /** Whether the last bytes may have begun a character. */
  #mayBeCut = false;

  write(data: Uint8Array): OutputText {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (!this.#mayBeCut && isAscii(bytes)) return { text: bytes.toString('latin1'), isAscii: true };
    if (bytes.length > 0) this.#mayBeCut = (bytes.at(-1) as number) >= 0x80;
    return { text: this.#decoder.write(bytes), isAscii: false };
  }
}
