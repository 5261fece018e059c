import { randomUUID } from 'node:crypto';
import { Interrupted } from './pace.ts';
import type { Reports } from './reports.ts';
import type { Screen } from './screen.ts';

type Answer = 'allow' | 'allow_always' | 'deny';

/** Asks in the terminal and in the panel at once; whoever answers first has answered. */
export class Permissions {
  readonly #reports: Reports;
  readonly #screen: Screen;
  readonly #always = new Set<string>();
  readonly #onChange: () => void;
  #answer: ((answer: Answer) => void) | null = null;
  #turns: Promise<unknown> = Promise.resolve();

  /** `onChange` is called when a question opens or closes, so that the prompt can be drawn anew. */
  constructor(reports: Reports, screen: Screen, onChange: () => void) {
    this.#reports = reports;
    this.#screen = screen;
    this.#onChange = onChange;
  }

  get isAsking(): boolean {
    return this.#answer !== null;
  }

  /** A key while a question is open. */
  key(text: string): void {
    const answer = ({ y: 'allow', a: 'allow_always', n: 'deny' } as const)[text.toLowerCase()];
    if (answer) this.#answer?.(answer);
  }

  /** One question at a time. Throws Interrupted. */
  ask(question: { lane: string; call: string; tool: string; title: string; input: unknown }, signal: AbortSignal): Promise<boolean> {
    const asked = this.#turns.then(() => this.#ask(question, signal));
    this.#turns = asked.catch(() => undefined);
    return asked;
  }

  async #ask(question: { lane: string; call: string; tool: string; title: string; input: unknown }, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) throw new Interrupted();
    if (this.#always.has(question.tool)) return true;
    const request = `ask-${randomUUID()}`;
    const closed = new AbortController();
    const byKey = new Promise<Answer>((resolve) => (this.#answer = resolve));
    let panelOption: Answer | null = null;
    const byPanel = this.#reports.permission({ request, ...question }, closed.signal).then((option) => (panelOption = answerOf(option)) ?? byKey);
    this.#onChange();
    const interrupted = new Promise<'interrupted'>((resolve) => signal.addEventListener('abort', () => resolve('interrupted'), { once: true }));
    const answer = await Promise.race([byKey, interrupted, byPanel]);
    const isByPanel = panelOption === answer;
    this.#answer = null;
    this.#onChange();
    // Told before the question is given up, so that it counts as answered and not as left.
    if (!isByPanel) await this.#reports.resolved(request, answer === 'interrupted' ? 'gone' : answer === 'deny' ? 'denied' : 'allowed');
    closed.abort();
    if (answer === 'interrupted') throw new Interrupted();
    if (answer === 'allow_always') this.#always.add(question.tool);
    this.#screen.note(answer === 'deny' ? '  denied' : '  allowed');
    await this.#reports.state('busy', null);
    return answer !== 'deny';
  }
}

const answerOf = (option: string | null): Answer | null => (option === 'allow' || option === 'allow_always' || option === 'deny' ? option : null);
