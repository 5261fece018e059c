import type { IDisposable, IFunctionIdentifier, Terminal } from '@xterm/headless';

/** Private modes that the serializer leaves out and a view must have: cursor visible, mouse encodings, alternate scroll, colour scheme reports. */
const savedModes = [25, 1005, 1006, 1007, 1015, 1016, 2031] as const;
type SavedMode = (typeof savedModes)[number];
const initially: ReadonlyMap<SavedMode, boolean> = new Map(savedModes.map((mode) => [mode, mode === 25 || mode === 1007]));

/** Kitty's keyboard stack is 16 deep at most in its own implementation. */
const keyboardStackLimit = 16;

/** What a program has set on an emulator beyond what the serializer tells. Watches the parsed stream and never handles anything itself. */
export class ScreenModes {
  readonly #terminal: Terminal;
  readonly #registrations: IDisposable[];
  #modes = new Map(initially);
  #cursorStyle = 0;
  #modifyOtherKeys: number | null = null;
  #keyboard: number[] = [];
  #region: { top: number; bottom: number } | null = null;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#registrations = [
      this.#on({ prefix: '?', final: 'h' }, (params) => this.#setModes(params, true)),
      this.#on({ prefix: '?', final: 'l' }, (params) => this.#setModes(params, false)),
      this.#on({ intermediates: ' ', final: 'q' }, ([style]) => (this.#cursorStyle = style ?? 0)),
      this.#on({ final: 'r' }, ([top, bottom]) => this.#setRegion(top || 1, bottom || this.#terminal.rows)),
      this.#on({ prefix: '>', final: 'm' }, ([what, level]) => (what === 4 ? (this.#modifyOtherKeys = level ?? null) : undefined)),
      this.#on({ prefix: '>', final: 'u' }, ([flags]) => this.#pushKeyboard(flags ?? 0)),
      this.#on({ prefix: '<', final: 'u' }, ([count]) => this.#keyboard.splice(-Math.max(1, count ?? 1))),
      this.#on({ prefix: '=', final: 'u' }, ([flags, how]) => this.#setKeyboard(flags ?? 0, how || 1)),
      this.#on({ intermediates: '!', final: 'p' }, () => this.#reset()),
      terminal.parser.registerEscHandler({ final: 'c' }, () => this.#reset()),
    ];
  }

  /** Sequences that bring a fresh view, already showing the serialized screen, to the same modes. */
  get restoring(): string {
    let restoring = '';
    for (const [mode, isOn] of this.#modes) if (isOn !== initially.get(mode)) restoring += `\x1b[?${mode}${isOn ? 'h' : 'l'}`;
    if (this.#cursorStyle !== 0) restoring += `\x1b[${this.#cursorStyle} q`;
    if (this.#modifyOtherKeys !== null) restoring += `\x1b[>4;${this.#modifyOtherKeys}m`;
    for (const flags of this.#keyboard) restoring += `\x1b[>${flags}u`;
    return this.#restoringRegion() + restoring;
  }

  /** A new size makes the whole screen scroll again. */
  resized(): void {
    this.#region = null;
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
  }

  #on(id: IFunctionIdentifier, seen: (params: number[]) => void): IDisposable {
    return this.#terminal.parser.registerCsiHandler(id, (params) => {
      seen(params.map((param) => (typeof param === 'number' ? Math.max(0, param) : 0)));
      return false;
    });
  }

  #setModes(params: number[], isOn: boolean): void {
    for (const param of params) {
      const mode = savedModes.find((saved) => saved === param);
      if (mode !== undefined) this.#modes.set(mode, isOn);
    }
  }

  #setRegion(top: number, bottom: number): void {
    if (bottom <= top) return;
    const isWhole = top === 1 && bottom >= this.#terminal.rows;
    this.#region = isWhole ? null : { top, bottom: Math.min(bottom, this.#terminal.rows) };
  }

  /** Setting a region moves the cursor home, so it is put back. */
  #restoringRegion(): string {
    if (this.#region === null) return '';
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    const row = this.#terminal.modes.originMode ? cursorY + 2 - this.#region.top : cursorY + 1;
    return `\x1b[${this.#region.top};${this.#region.bottom}r\x1b[${row};${cursorX + 1}H`;
  }

  #pushKeyboard(flags: number): void {
    this.#keyboard.push(flags);
    if (this.#keyboard.length > keyboardStackLimit) this.#keyboard.shift();
  }

  #setKeyboard(flags: number, how: number): void {
    const present = this.#keyboard.pop() ?? 0;
    this.#keyboard.push(how === 2 ? present | flags : how === 3 ? present & ~flags : flags);
  }

  #reset(): boolean {
    this.#modes = new Map(initially);
    this.#cursorStyle = 0;
    this.#modifyOtherKeys = null;
    this.#keyboard = [];
    this.#region = null;
    return false;
  }
}
