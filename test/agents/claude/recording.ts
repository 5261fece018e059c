import { readFileSync } from 'node:fs';
import { ClaudeDecoder } from '../../../src/agents/claude/decoder.ts';
import type { Decoded, Draft, Observation } from '../../../src/core/adapter.ts';

/** What was observed of a run of the real CLI (2.1.329): the story `work`, a subagent, `/compact`, one more prompt. */
export const observations: readonly Observation[] = readFileSync(new URL('../../fixtures/claude/work-subagent-compaction.jsonl', import.meta.url), 'utf8')
  .trim().split('\n').map((line) => JSON.parse(line) as Observation);

const configDir = '/sandbox/home/.claude';
export const transcriptPath = observations.flatMap((seen) => (seen.is === 'line' && seen.watch === 'transcript' ? [seen.path] : []))[0] ?? '';
export const session = /([^/]+)\.jsonl$/.exec(transcriptPath)?.[1] ?? '';

export const newDecoder = (path = ''): ClaudeDecoder => new ClaudeDecoder({ native: { session, path }, env: { CLAUDE_CONFIG_DIR: configDir } });

export const decodeAll = (seen: readonly Observation[], decoder = newDecoder()): Decoded[] => seen.flatMap((observation) => decoder.decode(observation));

export const draftsOf = <T extends Draft['type']>(decoded: readonly Decoded[], type: T): Extract<Draft, { type: T }>[] =>
  decoded.flatMap((item) => (item.is === 'draft' && item.draft.type === type ? [item.draft as Extract<Draft, { type: T }>] : []));

/** The conversation as text: each block with the number of the block before it in its lane. */
export function conversation(decoded: readonly Decoded[]): string[] {
  const blocks = draftsOf(decoded, 'block');
  return blocks.map(({ lane, after, body }, index) => {
    const name = body.kind === 'tool' ? `${body.tool}` : body.kind === 'compaction' ? `compaction ${body.trigger}: ${body.summary.split('\n')[0]}` : `${body.kind}: ${body.text.split('\n')[0]}`;
    const before = after === null ? '-' : blocks.findIndex((block) => block.native.id === after);
    return `${lane === 'main' ? '' : '  '}${index} after ${before} ${name}`;
  });
}
