import { dirname } from 'node:path';
import { installAgents } from '../../scripts/agents.mjs';
import { keptHistoryProblems } from '../modelServer/compareHistory.ts';
import { type Kept, keptAt, type Place, wholeOf } from '../modelServer/kept.ts';
import type { MessageRequest } from '../modelServer/messages.ts';
import { startModelServer, type ModelServer, type RecordedRequest } from '../modelServer/modelServer.ts';
import type { Scenarios } from '../modelServer/scenario.ts';
import { scenariosIn } from '../modelServer/scenarios.ts';
import { claudeSandbox, type ClaudeSandbox } from './claudeHome.ts';
import { Product } from './product.ts';
import type { SessionUnderTest } from './sessionUnderTest.ts';

/** The whole product with the real Claude Code CLI against the scripted model server. */
export class ClaudeProduct {
  readonly product: Product;
  readonly sandbox: ClaudeSandbox;
  readonly model: ModelServer;
  readonly claude: string;
  #prompts = 0;

  /** `stories`: scenarios of the test's own, for the agent's folder. */
  static async open(extra: Record<string, string> = {}, stories: (cwd: string) => Scenarios = () => ({})): Promise<ClaudeProduct> {
    const { claude } = await installAgents();
    const sandbox = await claudeSandbox();
    const model = await startModelServer({ scenarios: { ...scenariosIn(sandbox.cwd), ...stories(sandbox.cwd) } });
    return new ClaudeProduct(claude, sandbox, model, extra);
  }

  private constructor(claude: string, sandbox: ClaudeSandbox, model: ModelServer, extra: Record<string, string>) {
    this.claude = claude;
    this.sandbox = sandbox;
    this.model = model;
    this.product = new Product(extra);
  }

  get env(): Record<string, string> {
    return { ...this.sandbox.env(this.model.port), PATH: `${dirname(this.claude)}:${process.env['PATH'] ?? ''}` };
  }

  async start(connection: Awaited<ReturnType<Product['connect']>>, options: { args?: string[]; env?: Record<string, string>; id?: string } = {}): Promise<SessionUnderTest> {
    const session = await this.product.start(connection, {
      agent: 'claude', cwd: this.sandbox.cwd, env: { ...this.env, ...options.env }, ...(options.id ? { id: options.id } : {}),
      args: options.args ?? ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(ls:*),Read,Write,Edit,Agent'],
    });
    await session.idle();
    return session;
  }

  /** Requests for agents' turns that the model server has had, in order. */
  requests(): RecordedRequest[] {
    return this.model.requests.filter((request) => request.kind === 'agent');
  }

  /** What the model has to be given again at that place of the server's record: of all that it has had so far, or of those requests. */
  keptAt(place: Place, record = this.requests()): Kept {
    return keptAt(record, place, this.sandbox.cwd);
  }

  /** All that the last request and its answer were. */
  kept(): Kept {
    const last = this.requests().at(-1);
    if (!last) throw new Error('the model server has had no request');
    return wholeOf(last);
  }

  /** Sends one prompt; what the model server then received. */
  async nextRequest(session: SessionUnderTest): Promise<{ prompt: string; body: MessageRequest }> {
    const from = this.model.requests.length;
    const prompt = `carry on, number ${++this.#prompts} [[next]]`;
    await session.ask(prompt);
    const { body } = await this.model.next((one) => one.kind === 'agent' && one.scenario === 'next' && JSON.stringify(one.body).includes(prompt), from);
    return { prompt, body };
  }

  /**
   * Sends one prompt and compares what the model server then received with what it has to be given again: the problems, none if that is
   * exact. The oracle is the server's own record, never the product's or the agent's.
   */
  async problemsOfNextRequest(session: SessionUnderTest, kept: Kept): Promise<string[]> {
    const { prompt, body } = await this.nextRequest(session);
    return keptHistoryProblems(kept, body, prompt);
  }

  async dispose(): Promise<void> {
    await this.product.dispose();
    await this.model.close();
    await this.sandbox.remove();
  }
}
