import { mainLane } from '../../core/ids.ts';
import { asList, asObject, asText, type Json } from './json.ts';

/** A hook's report, with what all events share. */
export interface Hook {
  event: string;
  session?: string;
  transcript?: string;
  prompt?: string;
  /** Lane that it happened in: the subagent's id inside subagents. */
  lane: string;
  tool?: string;
  input: unknown;
  call?: string;
  json: Json;
}

export function parseHook(event: string, payload: unknown): Hook | undefined {
  const json = asObject(payload);
  if (!json) return undefined;
  const name = asText(json['hook_event_name']) ?? event;
  return {
    event: name,
    ...optional('session', json['session_id']),
    ...optional('transcript', json['transcript_path']),
    ...optional('prompt', json['prompt_id']),
    lane: asText(json['agent_id']) ?? mainLane,
    ...optional('tool', json['tool_name']),
    input: json['tool_input'],
    ...optional('call', json['tool_use_id']),
    json,
  };
}

function optional<Name extends string>(name: Name, value: unknown): { [N in Name]?: string } {
  const text = asText(value);
  return (text === undefined ? {} : { [name]: text }) as { [N in Name]?: string };
}

/** Call ids of a finished batch. */
export const callsOfBatch = (hook: Hook): string[] => asList(hook.json['tool_calls']).flatMap((call) => asText(asObject(call)?.['tool_use_id']) ?? []);
