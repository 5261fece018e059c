import type { Doubt } from '../../core/adapter.ts';
import { asText, parseObject } from './json.ts';
import { Lines } from './lines.ts';
import { rowOfLine } from './row.ts';

/** A subagent's transcript, read as it grows, and its description. */
interface Subagent {
  lines: Lines;
  rows: Set<string>;
  /** Rows that others name as the row above them. */
  named: Set<string>;
  isCutOff: boolean;
  description: string;
}

/**
 * What the transcripts of subagents have lost. The CLI gives such a history to the subagent's model when that is spoken
 * to again, and skips what it cannot read.
 */
export class SubagentReading {
  readonly #directory: string;
  readonly #agents = new Map<string, Subagent>();
  readonly #decoder = new TextDecoder();

  /** `directory`: where the transcripts are. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  take(path: string, content: Uint8Array): void {
    const name = path.startsWith(this.#directory) ? /agent-([^/\\]+?)(\.meta\.json|\.jsonl)$/.exec(path) : null;
    if (!name) return;
    const agent = this.#agent(name[1] ?? '');
    if (name[2] === '.meta.json') agent.description += this.#decoder.decode(content);
    else for (const line of agent.lines.take(content)) takeLine(agent, line);
  }

  /** `placeOf`: index in the chain of the step with that call. */
  doubts(placeOf: (call: string) => number | undefined): Doubt[] {
    return [...this.#agents.values()].flatMap((agent): Doubt[] => {
      const isLost = agent.isCutOff || [...agent.named].some((row) => !agent.rows.has(row));
      const from = isLost ? placeOf(this.#callOf(agent)) : undefined;
      if (from === undefined) return [];
      const name = asText(parseObject(agent.description)?.['description']) ?? 'above';
      const reason = `The transcript of the subagent “${name}” has lost rows: Claude Code goes on without them when it speaks to that subagent again.`;
      return [{ from, fidelity: 'approximate', reason }];
    });
  }

  /** The call of the main agent that the subagent comes from, by way of those that have started it. */
  #callOf(agent: Subagent): string {
    const seen = new Set<Subagent>();
    let at = agent;
    for (;;) {
      seen.add(at);
      const meta = parseObject(at.description);
      const parent = this.#agents.get(asText(meta?.['parentAgentId']) ?? '');
      if (!parent || seen.has(parent)) return asText(meta?.['toolUseId']) ?? '';
      at = parent;
    }
  }

  #agent(id: string): Subagent {
    const known = this.#agents.get(id);
    if (known) return known;
    const agent: Subagent = { lines: new Lines(), rows: new Set(), named: new Set(), isCutOff: false, description: '' };
    this.#agents.set(id, agent);
    return agent;
  }
}

function takeLine(agent: Subagent, line: string): void {
  const row = rowOfLine(line);
  agent.isCutOff = row.line !== undefined;
  if (row.uuid !== undefined) agent.rows.add(row.uuid);
  if (row.parent !== null) agent.named.add(row.parent);
}
