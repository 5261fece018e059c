import { css, html, LitElement, nothing } from 'lit';
import type { AgentState } from '../src/core/events.ts';
import type { Moving, MoveStep } from '../src/core/view.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { statePhrase, stepPhrase } from './model/phrases.ts';
import { middleCut } from './middleCut.ts';
import { say } from './strings.ts';
import { base } from './styles.ts';

export interface HeaderFacts {
  agent: string;
  /** What the session is called. */
  title: string;
  /** By what the command line knows it. */
  id: string;
  /** Its folder where the window does not show it; else empty. */
  place: string;
  /** Requests that wait for a person. */
  asks: number;
  state: AgentState;
  /** The turn that is under way; null: none. */
  turn: string | null;
  /** A rewind or switch is under way: the agent is between two runs. */
  moving: Moving | null;
  /** An interrupt of the turn that is shown is on its way. */
  isInterrupting: boolean;
  /** How far that is; null while it is not known. */
  step: MoveStep | null;
  /** It should be at work, and gives no sign of life. */
  isSilent: boolean;
  branch: string;
  /** The latest turn's model; empty while not known. */
  model: string;
  /** Of all turns; empty while not known. */
  tokens: string;
  tokensDetail: string;
  running: number;
  lanes: number;
}

const movingPhrase = (moving: Moving): string => say(moving === 'rewind' ? 'state.rewinding' : 'state.switching');

/** Who is at work here, in which state, and the few things one does to a whole session. */
export class PanelHeader extends LitElement {
  static override properties = { facts: { attribute: false }, actions: { attribute: false }, lanesOpen: { type: Boolean } };
  declare facts: HeaderFacts;
  declare actions: SessionActions;
  declare lanesOpen: boolean;

  static override styles = [base, css`
    :host { container-type: inline-size; display: block; border-bottom: 1px solid var(--vscode-contrastBorder, var(--vscode-panel-border)); }
    .row { display: grid; grid-template: 'name state facts tools' auto / fit-content(45%) minmax(16px, auto) minmax(0, 1fr) auto; align-items: center; gap: 2px 10px; padding: 5px 8px 5px 14px; min-height: 36px; background: var(--vscode-editor-background); }
    .name { grid-area: name; display: flex; gap: 6px; align-items: baseline; min-width: 0; overflow: hidden; }
    .name > .agent { flex: 0 1 auto; min-width: 3em; } .name > .muted { flex: 0 100 auto; } .name > .place { flex: 0 10000 auto; min-width: 4em; }
    .agent { font-weight: 600; }
    .state { grid-area: state; display: inline-flex; gap: 5px; align-items: center; min-width: 0; overflow: hidden; white-space: nowrap; } .state > .dot { flex: none; margin: 1px; } .phrase { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
    .state[data-is='waiting'], .state[data-is='limited'], .state[data-is='silent'] { color: var(--vscode-list-warningForeground, var(--vscode-editorWarning-foreground)); }
    .dot { width: 8px; height: 8px; border-radius: 50%; background: var(--vscode-testing-iconPassed, var(--vscode-charts-green)); }
    .dot[data-is='exited'] { background: none; border: 1px solid var(--vscode-descriptionForeground); }
    .facts { grid-area: facts; display: flex; gap: 10px; min-width: 0; font-size: 0.92em; overflow: hidden; }
    .facts > span { display: inline-flex; gap: 3px; align-items: center; min-width: 0; overflow: hidden; white-space: nowrap; } .facts > .branch { flex: none; max-width: 45%; } .facts > .count { flex: none; }
    .facts svg { width: 13px; height: 13px; }
    .badge { min-width: 16px; padding: 0 4px; height: 16px; line-height: 16px; border-radius: 8px; font-size: 10px; text-align: center; background: var(--vscode-badge-background); color: var(--vscode-badge-foreground); outline: 1px solid var(--vscode-contrastBorder, transparent); }
    .tools { grid-area: tools; display: flex; gap: 2px; align-items: center; }
    @container (max-width: 440px) { .word { display: none; } }
    @container (max-width: 640px) { .row { grid-template: 'name state . tools' auto 'facts facts facts facts' auto / fit-content(60%) minmax(16px, auto) minmax(0, 1fr) auto; } }
    @media (max-height: 560px) {
      .row { grid-template: 'name state facts tools' auto / fit-content(45%) minmax(16px, auto) minmax(0, 1fr) auto; min-height: 28px; padding-block: 2px; }
    }
    @media (max-height: 220px) { .row { min-height: 22px; padding: 0 4px 0 8px; column-gap: 6px; } button.icon { height: 20px; } }
  `];

  override render() {
    const { agent, title, id, place, state, moving, branch, model, tokens, tokensDetail } = this.facts;
    const isStuck = this.#isStuck;
    return html`<div class="row">
      <div class="name" role="heading" aria-level="1" data-id=${id} title=${say('header.name', title, id, agent)}><span class="agent clip" dir="auto">${middleCut(title)}</span>${agent === title ? nothing : html`<span class="muted clip">${agent}</span>`}${place === '' ? nothing : html`<span class="muted clip place">${middleCut(place)}</span>`}</div>
      <div class="state" role="status" aria-live=${this.#isToldBelow ? 'off' : 'polite'} data-is=${moving ?? (this.#asks ? 'waiting' : isStuck ? 'silent' : state.is)}>${this.#mark()}<span class="phrase" title=${this.#phrase()}>${this.#phrase()}</span></div>
      <div class="facts muted">
        <span class="branch" title=${say('header.branch', branch)}>${icons.branch}<span class="hidden-text">${say('header.branch', '')}</span>${middleCut(branch)}</span>
        ${model === '' ? nothing : html`<span>${middleCut(model)}</span>`}
        ${tokens === '' ? nothing : html`<span class="count" title=${tokensDetail}>${tokens}</span>`}
      </div>
      <div class="tools">${this.#buttons()}</div></div>`;
  }

  #phrase(): string {
    const { state, moving, step } = this.facts;
    if (moving !== null) return step === null ? movingPhrase(moving) : stepPhrase(step);
    if (this.#asks) return say('state.waitingPermission');
    return this.#isStuck ? say('state.silent') : statePhrase(state);
  }

  /** A subagent may ask while the agent itself is at work, or at its prompt. */
  get #asks(): boolean {
    const { asks, moving, state } = this.facts;
    return asks > 0 && moving === null && state.is !== 'limited' && state.is !== 'exited';
  }

  get #isStuck(): boolean {
    return this.facts.moving === null && this.facts.isSilent && (this.facts.state.is === 'busy' || this.facts.state.is === 'starting');
  }

  /** The watch's own line says the same in more words: a screen reader hears it there. */
  get #isToldBelow(): boolean {
    const { state, moving } = this.facts;
    if (moving !== null) return false;
    return (!this.#asks && this.#isStuck) || state.is === 'limited' || (state.is === 'waiting' && state.for === 'dialog');
  }

  #mark() {
    const { state, moving } = this.facts;
    if (moving !== null) return html`<busy-spinner></busy-spinner>`;
    if (this.#asks) return icons.lock;
    if (this.#isStuck) return icons.warning;
    if (state.is === 'busy' || state.is === 'starting') return html`<busy-spinner></busy-spinner>`;
    if (state.is === 'waiting') return state.for === 'dialog' ? icons.terminal : icons.lock;
    if (state.is === 'limited') return icons.warning;
    if (state.is === 'idle' && state.interrupted === true) return icons.stop;
    return html`<span class="dot" data-is=${state.is}></span>`;
  }

  #buttons() {
    const { state, moving, running, isInterrupting } = this.facts;
    const interrupt = say(isInterrupting ? 'header.interrupting' : 'header.interrupt');
    const canInterrupt = moving === null && (state.is === 'busy' || state.is === 'waiting');
    const lanesLabel = running > 0 ? say('header.subagentsRunning', running) : say('header.subagents');
    return html`
      ${canInterrupt ? html`<button class="quiet icon" id="interrupt" title=${interrupt} aria-label=${interrupt} @click=${this.#interrupt}>${isInterrupting ? html`<busy-spinner></busy-spinner>` : icons.stop}<span class="word">${interrupt}</span></button>` : nothing}
      <button class="quiet icon" id="lanes" title=${lanesLabel} aria-label=${lanesLabel} aria-pressed=${this.lanesOpen ? 'true' : 'false'} @click=${() => this.dispatchEvent(new Event('toggle-lanes'))}>${icons.subagents}${running > 0 ? html`<span class="badge">${running}</span>` : nothing}</button>
      <button class="quiet icon" id="terminal" title=${say('header.terminal')} aria-label=${say('header.terminal')} @click=${() => this.actions.focusTerminal()}>${icons.terminal}</button>`;
  }

  readonly #interrupt = (): void => {
    void this.actions.interrupt();
  };
}
customElements.define('panel-header', PanelHeader);
