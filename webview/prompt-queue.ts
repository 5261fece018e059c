import { html, LitElement, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { AgentState } from '../src/core/events.ts';
import type { QueuedSend } from '../src/core/view.ts';
import type { QueueChange, QueueListing } from '../src/protocol/protocol.ts';
import { codeOf, sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import type { SavedEdit } from './host.ts';
import { icons } from './icons.ts';
import { isPlainEnter } from './keys.ts';
import { queueHeading, queueNews, queueRows } from './model/queueRows.ts';
import type { QueueRow } from './model/queueRows.ts';
import { queueTools } from './model/queueTools.ts';
import type { QueueTool } from './model/queueTools.ts';
import type { OutgoingRow } from './outbox.ts';
import { outgoingRow } from './outgoingRows.ts';
import type { OutgoingTool } from './outgoingRows.ts';
import { focusOn, focusPlaceIn, stepFocus } from './queueFocus.ts';
import type { FocusPlace } from './queueFocus.ts';
import { queueStyles } from './queueStyles.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

/** A prompt for an idle agent waits for a moment only: nothing is shown of it unless it waits longer. */
const momentMs = 300;

const toolIcons = { now: icons.send, edit: icons.edit, up: icons.moveUp, down: icons.moveDown, remove: icons.cross } as const;

/** An edit tells the host so often, at most, that somebody still types in it. */
const touchMs = 30_000;

/**
 * The prompts that wait, one row each, and what one can do with them; below them what was sent here and is in no queue. A prompt that is
 * edited is held by the host: where it cannot be, nothing of the edit is left open, and no key goes anywhere else. Fires `text-back` with a text that was edited too late, `edit-changed`
 * with what is being made of a prompt (null: of none), which outlives a reload so, and `queue-left` when what had the focus is gone and there is
 * no row to go on to.
 */
export class PromptQueue extends LitElement {
  static override properties = {
    queue: { attribute: false }, seq: { attribute: false }, own: { attribute: false }, outgoing: { attribute: false }, beingEdited: { attribute: false }, doing: { state: true }, paused: { attribute: false }, agentState: { attribute: false }, actions: { attribute: false }, edit: { attribute: false }, current: { state: true }, tool: { state: true }, editing: { state: true }, failure: { state: true }, said: { state: true }, isShown: { state: true },
  };
  declare queue: readonly QueuedSend[];
  /** The last event that `queue` shows. */
  declare seq: number;
  /** Keys of the prompts that were sent here: these are shown at once. */
  declare own: ReadonlySet<string>;
  declare outgoing: readonly OutgoingRow[];
  /** Prompts that are being edited, here or elsewhere. */
  declare beingEdited: readonly string[];
  /** What was asked of a prompt and not answered yet. */
  declare doing: ReadonlyMap<string, 'now' | 'remove'>;
  declare paused: boolean;
  declare agentState: AgentState;
  declare actions: SessionActions;
  /** The edit to go on with. Only the first value counts. */
  declare edit: SavedEdit | null;
  /** The row that Tab comes to. */
  declare current: string;
  /** And from there, of its tools. */
  declare tool: string;
  /** The prompt that is being edited. */
  declare editing: SavedEdit | null;
  declare failure: string;
  declare said: string;
  declare isShown: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Changes go one after the other: each is meant for the queue that the one before it left. */
  #last: Promise<unknown> = Promise.resolve();
  #underWay = 0;
  /** Prompts that a person here has sent or removed. */
  readonly #taken = new Set<string>();
  #touchedMs = 0;
  /** What the host answered to the last change, until what is drawn has come as far. */
  #listed: QueueListing | null = null;
  #held: FocusPlace | null = null;
  #wanted: { send: string; control: string } | null = null;
  /** The text area that holds what is edited already. */
  #filled: HTMLTextAreaElement | null = null;

  static override styles = [base, queueStyles];

  constructor() {
    super();
    this.queue = [];
    this.seq = 0;
    this.own = new Set();
    this.outgoing = [];
    this.beingEdited = [];
    this.doing = new Map();
    this.paused = false;
    this.current = '';
    this.tool = '';
    this.edit = null;
    this.editing = null;
    this.failure = '';
    this.said = '';
    this.isShown = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  get #area(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector('textarea');
  }

  get isEditing(): boolean {
    return this.editing !== null;
  }

  /** There is a way to the host again, which may have let go of what is edited here. */
  holdAgain(): void {
    if (this.editing !== null) void this.#hold(this.editing);
  }

  get #isExited(): boolean {
    return this.agentState.is === 'exited';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#held = this.#focusPlace();
    this.#keepListed();
    if (!this.hasUpdated && this.edit !== null) void this.#hold(this.editing = { ...this.edit });
    if (changed.has('queue') || changed.has('outgoing') || changed.has('paused') || changed.has('agentState')) this.#showWhenDue();
    if (changed.has('queue')) this.#takeLeave();
    if (!this.queue.some(({ send }) => send === this.current)) this.current = this.queue[Math.min(this.#held?.index ?? 0, this.queue.length - 1)]?.send ?? '';
    const before = changed.get('queue');
    if (before !== undefined && this.isShown && this.#underWay === 0) this.said = queueNews(before, this.queue) || this.said;
    if (changed.get('paused') !== undefined) this.said = queueHeading(this.queue.length, { paused: this.paused, exited: this.#isExited }) || queueNews([], this.queue);
  }

  /** An answer overtakes the events: what is drawn of an older queue does not undo what it told. */
  #keepListed(): void {
    const listed = this.#listed;
    if (listed === null || this.seq >= (listed.seq ?? 0)) this.#listed = null;
    else [this.queue, this.paused] = [listed.sends, listed.paused];
  }

  #showWhenDue(): void {
    const isOwn = this.outgoing.length > 0 || this.queue.some(({ key }) => key !== undefined && this.own.has(key));
    const isDue = this.paused || isOwn || (this.queue.length > 0 && (this.agentState.is !== 'idle' || this.isShown || this.editing !== null));
    if (this.queue.length === 0 || isDue) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.isShown = isDue;
    } else this.#timer ??= setTimeout(() => [this.isShown, this.said] = [true, queueNews([], this.queue)], momentMs);
  }

  /** The prompt that is being edited may be sent or removed by somebody else: what was typed goes back to the user. */
  #takeLeave(): void {
    const { editing } = this;
    if (editing === null || this.#underWay > 0 || this.queue.some(({ send }) => send === editing.send)) return;
    if (editing.text === editing.was) this.editing = null;
    else this.#giveBack(editing.text);
  }

  #giveBack(text: string): void {
    this.editing = null;
    this.failure = say('queue.goneEdited');
    this.dispatchEvent(new CustomEvent('text-back', { detail: text, bubbles: true, composed: true }));
    this.#wanted = { send: '', control: 'failure' };
  }

  #leave(): void {
    this.#held = null;
    this.dispatchEvent(new Event('queue-left', { bubbles: true, composed: true }));
  }

  override render() {
    const heading = queueHeading(this.queue.length, { paused: this.paused, exited: this.#isExited });
    return html`
      <div class="hidden-text" role="status" tabindex="-1" data-control="said">${this.said}</div>
      ${this.failure === '' ? nothing : html`<div class="failure"><p class="error" role="alert" tabindex="-1" data-control="failure">${this.failure}</p><button class="quiet icon" data-control="dismiss" aria-label=${say('panel.dismiss')} title=${say('panel.dismiss')} @click=${() => { this.failure = ''; }}>${icons.cross}</button></div>`}
      ${this.isShown ? html`<div class="box">
        ${heading === '' ? nothing : html`<div class="head"><span class="clip">${heading}</span>${this.#pauseButton()}</div>`}
        ${this.queue.length + this.outgoing.length === 0 ? nothing : html`<ul role="list" tabindex="-1" data-control="list" aria-label=${say('queue.title')} @keydown=${this.#onKey} @focusin=${this.#onFocus}>${repeat(queueRows(this.queue), ({ send }) => send, (row, index) => this.#row(row, index))}${this.outgoing.map((row) => outgoingRow(row, (tool) => this.#onOutgoing(row.key, tool)))}</ul>`}
      </div>` : nothing}`;
  }

  #pauseButton() {
    if (this.#isExited && !this.paused) return nothing;
    const label = say(this.paused ? 'queue.continueLabel' : 'queue.pauseLabel');
    return html`<button class="quiet icon" data-control="hold" title=${label} aria-label=${label} @click=${() => void this.#change(() => ({ is: this.paused ? 'continue' : 'pause' }))}>${this.paused ? icons.play : icons.pause}<span>${say(this.paused ? 'queue.continue' : 'queue.pause')}</span></button>`;
  }

  #row(row: QueueRow, index: number) {
    const count = this.queue.length;
    if (this.editing?.send === row.send) return this.#editor(row, index);
    const note = this.#noteOf(row);
    const label = [say('queue.place', index + 1, count, row.line), note].filter((part) => part !== '').join(', ');
    return html`<li class="row" data-send=${row.send} data-control="row" tabindex=${row.send === this.current ? '0' : '-1'} aria-label=${label} aria-posinset=${index + 1} aria-setsize=${count}
      aria-keyshortcuts="Enter Delete Alt+ArrowUp Alt+ArrowDown Control+Enter" title=${row.title}>
      ${this.#place(index)}<span class="line clip" dir="auto">${row.line}</span>${note === '' ? nothing : html`<span class="note clip" ?data-busy=${this.doing.has(row.send)}>${note}</span>`}
      <div class="tools" role="toolbar" aria-label=${say('queue.actions')}>
        ${queueTools(index, count, this.agentState).map((tool, _, all) => this.#tool(row, tool, row.send === this.current && tool === (all.find(({ control }) => control === this.tool) ?? all[0])))}
      </div></li>`;
  }

  #noteOf({ send, note }: QueueRow): string {
    const doing = this.doing.get(send);
    if (doing !== undefined) return say(doing === 'now' ? 'queue.sendingNow' : 'queue.removing');
    return this.beingEdited.includes(send) ? say('queue.beingEdited') : note;
  }

  #onOutgoing(key: string, tool: OutgoingTool): void {
    if (tool === 'again') return this.actions.sendAgain(key);
    const text = this.actions.takeRefused(key);
    if (tool === 'edit') this.dispatchEvent(new CustomEvent('text-back', { detail: text, bubbles: true, composed: true }));
    this.#leave();
  }

  /** One alone says by a clock that it waits. */
  #place(index: number) {
    return html`<span class="place" aria-hidden="true">${this.queue.length === 1 ? icons.clock : index + 1}</span>`;
  }

  /** Never `disabled`: that would take the focus away from who moves a row to the end. */
  #tool({ send }: QueueRow, { control, label, isOff }: QueueTool, isStop: boolean) {
    return html`<button class="quiet icon" data-control=${control} tabindex=${isStop ? '0' : '-1'} title=${label} aria-label=${label} aria-disabled=${isOff ? 'true' : nothing} @click=${() => this.#do(send, control)}>${toolIcons[control]}</button>`;
  }

  #editor(row: QueueRow, index: number) {
    return html`<li class="row editor" data-send=${row.send} aria-posinset=${index + 1} aria-setsize=${this.queue.length}>
      ${this.#place(index)}
      <textarea rows="1" dir="auto" data-control="area" aria-label=${say('queue.editing', index + 1, this.queue.length)} @keydown=${this.#onAreaKey} @input=${this.#onAreaInput}></textarea>
      <button class="quiet icon" data-control="save" title=${say('queue.save')} aria-label=${say('queue.save')} @click=${this.#save}>${icons.check}</button>
      <button class="quiet icon" data-control="cancel" title=${say('queue.leave')} aria-label=${say('queue.leave')} @click=${this.#leaveEditor}>${icons.cross}</button></li>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { editing } = this;
    const area = this.#area;
    if (editing !== null && area !== null && area !== this.#filled) area.value = editing.text;
    this.#filled = area;
    if (changed.has('editing') && (editing ?? changed.get('editing') ?? this.edit) !== null) this.#keepEdit();
    const [wanted, held] = [this.#wanted, this.#held];
    this.#wanted = null;
    if (wanted?.send === '') this.#focusControl(wanted.control);
    else if (wanted !== null) focusOn(this.renderRoot, wanted.send, wanted.control);
    // A row that is moved, or what is taken away, loses the focus; who works here by keyboard keeps their place.
    else if (held !== null && this.#focusPlace() === null) this.#focusAgain(held);
  }

  #focusControl(control: string): HTMLElement | null {
    const found = this.renderRoot.querySelector<HTMLElement>(`[data-control=${control}]`);
    found?.focus();
    return found;
  }

  #focusPlace(): FocusPlace | null {
    return focusPlaceIn(this.renderRoot as ShadowRoot);
  }

  #focusAgain({ send, index, control }: FocusPlace): void {
    const same = this.queue.find((queued) => queued.send === send);
    const isOwnDoing = send === '' || this.#taken.has(send);
    // The next key was meant for a prompt that something else has taken away: it does nothing to another one.
    if (same === undefined && !isOwnDoing) return void (this.#focusControl('list') ?? this.#focusControl('said'));
    const next = same ?? this.queue[Math.min(index, this.queue.length - 1)];
    if (next === undefined || !this.isShown) this.#leave();
    else focusOn(this.renderRoot, next.send, control);
  }

  readonly #onFocus = (event: FocusEvent): void => {
    const at = event.target as HTMLElement;
    this.current = at.closest<HTMLElement>('.row')?.dataset['send'] ?? this.current;
    this.tool = at.closest('.tools') === null ? '' : (at.dataset['control'] ?? '');
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const at = event.target as HTMLElement;
    const row = at.closest<HTMLElement>('.row');
    if (at.dataset['control'] === 'list' && /^Arrow(?:Up|Down)$/.test(event.key)) return focusOn(this.renderRoot, this.current, 'row');
    if (row === null || row.matches('.editor, .outgoing')) return;
    const send = row.dataset['send']!;
    const done = (event.altKey ? this.#onAltKey(event.key, send) : at === row && this.#onRowKey(event, send)) || stepFocus(this.renderRoot, event.key, at, row);
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  };

  #onAltKey(key: string, send: string): boolean {
    if (key !== 'ArrowUp' && key !== 'ArrowDown') return false;
    this.#do(send, key === 'ArrowUp' ? 'up' : 'down');
    return true;
  }

  #onRowKey(event: KeyboardEvent, send: string): boolean {
    const isCommand = event.ctrlKey || event.metaKey;
    switch (event.key) {
      case 'Enter': this.#do(send, isCommand ? 'now' : 'edit'); return true;
      case 'F2': this.#do(send, 'edit'); return true;
      case 'Delete': this.#do(send, 'remove'); return true;
      case 'Backspace': if (event.metaKey) this.#do(send, 'remove'); return event.metaKey;
      default: return false;
    }
  }

  #do(send: string, control: QueueTool['control']): void {
    const place = (): number => this.queue.findIndex((queued) => queued.send === send);
    const was = this.queue[place()]?.text ?? '';
    if (queueTools(place(), this.queue.length, this.agentState).find((tool) => tool.control === control)?.isOff !== false) return;
    switch (control) {
      case 'now': return void this.#take(send, 'now', { is: 'now', send, was });
      case 'remove': return void this.#take(send, 'remove', { is: 'drop', sends: [send], was: [was] });
      case 'up': return void this.#change(() => this.#moved(send, place() - 1), () => say('queue.moved', place() + 1, this.queue.length));
      case 'down': return void this.#change(() => this.#moved(send, place() + 1), () => say('queue.moved', place() + 1, this.queue.length));
      case 'edit': {
        // One edit at a time: what was made of another prompt is left.
        if (this.editing !== null) this.#leaveEditor();
        this.editing = { send, was, text: was, editor: crypto.randomUUID() };
        this.#wanted = { send, control: 'area' };
        void this.#hold(this.editing);
      }
    }
  }

  /** Named by the prompt behind which it is to stand: others may go meanwhile. */
  #moved(send: string, to: number): QueueChange | null {
    if (to < 0 || to >= this.queue.length) return null;
    const behind = this.queue.filter((queued) => queued.send !== send)[to - 1]?.send ?? null;
    return { is: 'move', send, to, behind };
  }

  /** It is sent or removed; its row says so until that is known. */
  async #take(send: string, doing: 'now' | 'remove', change: QueueChange): Promise<void> {
    if (this.doing.has(send)) return;
    this.#taken.add(send);
    this.doing = new Map(this.doing).set(send, doing);
    if ((await this.#change(() => change)) !== 'done') this.#taken.delete(send);
    this.doing = new Map([...this.doing].filter(([other]) => other !== send));
  }

  /** Asks the host to hold what is edited. Where it waits no more, or another place edits it, the edit is closed and says why. */
  async #hold(editing: SavedEdit): Promise<void> {
    const { send, was, editor } = editing;
    this.#touchedMs = performance.now();
    const how = await this.#change(() => (this.editing === editing ? { is: 'hold', send, editor, was } : null), () => '');
    if (how === 'done' || how === 'unknown' || this.editing !== editing) return;
    if (editing.text !== was) return this.#giveBack(editing.text);
    this.editing = null;
    this.#wanted = { send: '', control: 'failure' };
  }

  /** `change` is asked for when its turn has come; null: there is nothing to do any more. @returns whether it was done, or why not */
  #change(change: () => QueueChange | null, saying?: () => string): Promise<'done' | 'gone' | 'refused' | 'unknown'> {
    this.#underWay++;
    const done = this.#last.then(async () => {
      const wanted = change();
      if (wanted === null) return 'done';
      [this.failure, this.said] = ['', ''];
      const before = this.queue;
      try {
        const listed = await this.actions.changeQueue(wanted);
        const { sends, paused } = listed;
        [this.#listed, this.queue, this.paused] = [listed, sends, paused];
        this.said = saying?.() ?? (queueNews(before, sends) || this.said);
        return 'done';
      } catch (error) {
        const code = codeOf(error);
        this.failure = code === 'no-such-send' ? say('queue.gone') : say('queue.failed', sentenceOf(error));
        if (code === 'no-such-send') return 'gone';
        return code === 'being-edited' || code === 'stale' ? 'refused' : 'unknown';
      }
    }).finally(() => { this.#underWay--; });
    this.#last = done;
    return done;
  }

  readonly #onAreaKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.#leaveEditor();
    else if (isPlainEnter(event)) void this.#save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #onAreaInput = ({ target }: InputEvent): void => {
    if (this.editing !== null) this.editing.text = (target as HTMLTextAreaElement).value;
    if (performance.now() - this.#touchedMs > touchMs) this.holdAgain();
    this.#keepEdit();
  };

  #keepEdit(): void {
    this.dispatchEvent(new CustomEvent('edit-changed', { detail: this.editing, bubbles: true, composed: true }));
  }

  #close(send: string): void {
    this.#wanted = { send, control: 'row' };
    this.editing = null;
  }

  readonly #leaveEditor = (): void => {
    const { editing } = this;
    this.#wanted = editing === null ? null : { send: editing.send, control: 'row' };
    this.editing = null;
    if (editing !== null) void this.#change(() => ({ is: 'release', send: editing.send, editor: editing.editor }), () => this.said);
  };

  readonly #save = async (): Promise<void> => {
    const { editing } = this;
    if (editing === null || editing.text.trim() === '') return;
    const { send, was, text, editor } = editing;
    if (text === was) return this.#leaveEditor();
    const how = await this.#change(() => ({ is: 'edit', send, text, was, editor }), () => say('queue.saved'));
    // Left, or begun anew, while it was on its way.
    if (this.editing !== editing) return;
    if (how === 'done') this.#close(send);
    else if (how === 'gone') this.#giveBack(editing.text);
  };
}
customElements.define('prompt-queue', PromptQueue);
