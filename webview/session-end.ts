import { css, html, LitElement, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { asProse } from '../src/core/errors.ts';
import type { SessionSummary } from '../src/core/view.ts';
import type { Resumability } from '../src/protocol/protocol.ts';
import { sentenceOf } from './actions.ts';
import type { SessionActions } from './actions.ts';
import { icons } from './icons.ts';
import { endPhrase, localTime } from './model/phrases.ts';
import { say } from './strings.ts';
import { base, card, staysInView } from './styles.ts';

/** How far the resume has come that was asked for here. */
export type Resuming = { is: 'no' } | { is: 'under-way'; sends: boolean } | { is: 'failed'; why: string };

/**
 * How and when a session has ended, and the way on: to resume it, or, where that is not possible, why and what can be done instead. Fires
 * `resume-wanted`. Whether it can be resumed is asked when it is shown, and again by hand.
 */
export class SessionEnd extends LitElement {
  static override properties = {
    agent: { attribute: false }, end: { attribute: false }, resuming: { attribute: false }, actions: { attribute: false },
    found: { state: true }, isLooking: { state: true }, failure: { state: true },
  };
  declare agent: string;
  /** Null: its host does not tell. */
  declare end: SessionSummary['end'] & object | null;
  declare resuming: Resuming;
  declare actions: SessionActions;
  /** Null until the host has said what a resume would come to. */
  declare found: Resumability | null;
  declare isLooking: boolean;
  declare failure: string;

  static override styles = [base, card, staysInView, css`
    :host { display: block; padding-bottom: 8px; }
    .card { padding: 8px 10px; display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; }
    .words { flex: 1 1 220px; min-width: 0; }
    .words p { margin: 0; overflow-wrap: anywhere; }
    .how { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: baseline; }
    .how b { font-weight: 600; }
    .card > svg { color: var(--vscode-descriptionForeground); align-self: flex-start; margin-top: 2px; }
  `];

  constructor() {
    super();
    this.end = null;
    this.resuming = { is: 'no' };
    this.found = null;
    this.isLooking = false;
    this.failure = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) void this.#look();
  }

  override firstUpdated(): void {
    void this.#look();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('resuming') && this.resuming.is === 'failed') void this.#look();
    if (changed.get('end') !== undefined && changed.get('end')?.ts !== this.end?.ts) void this.#look();
  }

  override render() {
    return html`<div class="card" role="group" aria-label=${say('end.label')}>${icons.blocked}
      <div class="words" role="status">
        <p class="how"><b>${endPhrase(this.agent, this.end)}</b>${this.end === null ? nothing : html`<span class="muted">${localTime(this.end.ts)}</span>`}</p>
        ${this.#what()}
      </div>
      <div class="actions">${this.#buttons()}</div></div>`;
  }

  #what() {
    const { resuming, found } = this;
    if (resuming.is === 'under-way') return nothing;
    if (resuming.is === 'failed') return html`<p class="error" role="alert">${say('end.failed', resuming.why)}</p>`;
    if (this.failure !== '') return html`<p class="error" role="alert">${this.failure}</p>`;
    if (found === null) return nothing;
    if (found.is === 'no') return html`<p>${say('end.cannot', asProse(found.reason))}</p>`;
    return found.reason === null ? nothing : html`<p>${found.reason}</p>`;
  }

  #buttons() {
    const { resuming, found } = this;
    if (resuming.is === 'under-way')
      return html`<span class="working" role="status"><busy-spinner></busy-spinner> ${say(resuming.sends ? 'end.resumingSends' : 'end.resuming')}</span>`;
    if (resuming.is === 'failed' || found?.is === 'no') return html`${resuming.is === 'failed' && found?.is !== 'no' ? this.#resume('end.again') : this.#check()}${this.#instead()}`;
    return html`${this.#resume(found?.is === 'anew' ? 'end.startAgain' : 'end.resume')}${found?.is === 'anew' ? this.#instead() : nothing}`;
  }

  #resume(label: 'end.resume' | 'end.startAgain' | 'end.again') {
    return html`<vscode-button id="resume" appearance="primary" title=${say('end.resumeKey', say(label))} aria-keyshortcuts="Enter" @click=${() => this.dispatchEvent(new Event('resume-wanted'))}>${say(label)}</vscode-button>`;
  }

  #check() {
    return html`<vscode-button id="check" appearance="primary" ?disabled=${this.isLooking} @click=${() => void this.#look()}>${say('end.check')}</vscode-button>`;
  }

  /** A folder that is gone takes no new session either. */
  #instead() {
    const isFolderGone = this.found?.is === 'no' && this.found.code === 'no-such-folder';
    return html`${isFolderGone ? nothing : html`<vscode-button id="another" appearance="secondary" @click=${() => this.#do(() => this.actions.startAnother())}>${say('end.another')}</vscode-button>`}
      <vscode-button id="copy" appearance="secondary" @click=${() => this.#do(() => this.actions.copyConversation())}>${say('end.copy')}</vscode-button>`;
  }

  async #do(work: () => Promise<void>): Promise<void> {
    this.failure = '';
    try {
      await work();
    } catch (error) {
      this.failure = sentenceOf(error);
    }
  }

  /** What one cannot be told is found out by trying: the button stays then. */
  async #look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      this.found = await this.actions.resumability();
    } catch {
      this.found = null;
    } finally {
      this.isLooking = false;
    }
  }
}
customElements.define('session-end', SessionEnd);
