import { css, html, LitElement, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import type { AgentState } from '../src/core/events.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { say } from './strings.ts';
import { base, card } from './styles.ts';

/** A question that can be answered here comes just after the state that announces it: until then nothing is said. */
const waitingMs = 400;
/** An agent that takes longer to start is likely to ask something of its own: to sign in, to trust the folder. */
const startingMs = 5000;

/** What the agent waits for in its terminal; null when it does not, may be asked in the panel, or the watch's own line tells it. */
type Matter = 'question' | 'starting';

/** Points to the terminal when the agent needs something that only its own screen can take. */
export class TerminalHint extends LitElement {
  static override properties = { agentState: { attribute: false }, canAnswer: { attribute: false }, agent: { attribute: false }, actions: { attribute: false }, shown: { state: true } };
  declare agentState: AgentState;
  /** Whether the panel itself shows what is asked. */
  declare canAnswer: boolean;
  declare agent: string;
  declare actions: SessionActions;
  declare shown: Matter | null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #matter: Matter | null = null;

  static override styles = [base, card, css`
    :host { display: block; }
    .card { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; padding: 6px 10px; margin-bottom: 8px; border-color: var(--vscode-contrastBorder, var(--vscode-inputValidation-warningBorder, var(--vscode-editorWarning-foreground))); }
    .card > svg { color: var(--vscode-editorWarning-foreground); }
    span { flex: 1 1 180px; overflow-wrap: anywhere; }
  `];

  constructor() {
    super();
    this.shown = null;
    this.canAnswer = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('agentState') && !changed.has('canAnswer')) return;
    const matter = matterOf(this.agentState, this.canAnswer);
    if (matter === this.#matter) return;
    this.#matter = matter;
    clearTimeout(this.#timer);
    this.shown = null;
    if (matter !== null) this.#timer = setTimeout(() => { this.shown = matter; }, matter === 'starting' ? startingMs : waitingMs);
  }

  override render() {
    if (this.shown === null) return nothing;
    return html`<div class="card" role="status">${this.shown === 'starting' ? icons.info : icons.warning}<span>${say(`hint.${this.shown}`, this.agent)}</span>
      <vscode-button appearance=${this.shown === 'starting' ? 'secondary' : 'primary'} @click=${() => this.actions.focusTerminal()}>${say('header.terminal')}</vscode-button></div>`;
  }
}
customElements.define('terminal-hint', TerminalHint);

function matterOf(state: AgentState, canAnswer: boolean): Matter | null {
  switch (state.is) {
    case 'waiting': return canAnswer || state.for === 'dialog' ? null : 'question';
    case 'starting': return state.is;
    default: return null;
  }
}
