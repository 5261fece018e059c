/** The lines of a file that comes in pieces: whole ones, without those of blanks alone. */
export class Lines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  take(content: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(content, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '');
  }
}
