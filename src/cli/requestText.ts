import { mainLane } from '../core/ids.ts';
import { matterOf } from '../core/requestMatter.ts';
import type { Lane, PermissionRequest, SessionSummary } from '../core/view.ts';

/** A line, or a text that is shown whole, line by line, below what it is. */
export interface RequestLine {
  text: string;
  /** Blanks before it. */
  indent: number;
  isWhole?: true;
}

const line = (text: string, indent = 2): RequestLine => ({ text, indent });
const whole = (label: string, text: string): RequestLine[] => [line(`${label}:`), { text, indent: 4, isWhole: true }];

/** Who asks: the agent, or one of its subagents. */
function askerOf({ lane }: PermissionRequest, session: SessionSummary, lanes: readonly Lane[]): string {
  if (lane === mainLane) return session.agentName;
  const asking = lanes.find((one) => one.lane === lane);
  return asking
    ? `Subagent ${asking.agentType}${asking.description === '' ? '' : ` (${asking.description})`}`
    : 'A subagent';
}

/** A request for people: who asks, in which folder where that is not this shell's, what exactly, each thing once. */
export function requestLines(
  request: PermissionRequest,
  { session, lanes, cwd }: { session: SessionSummary; lanes: readonly Lane[]; cwd: string },
): RequestLine[] {
  const { command, description, path, edits, contents, others, title } = matterOf(request);
  return [
    line(
      `${request.request}: ${askerOf(request, session, lanes)} asks to use ${request.tool}${request.isTerminalOnly ? ' (only its terminal can answer)' : ''}`,
      0,
    ),
    ...(session.cwd === cwd ? [] : [line(`folder: ${session.cwd}`)]),
    ...(title === '' ? [] : [line(title)]),
    ...(description === '' ? [] : [line(`the agent describes it as: ${description}`)]),
    ...(command === null ? [] : whole('command', command)),
    ...(path === null ? [] : [line(`file: ${path}`)]),
    ...edits.flatMap(({ before, after }) => [...whole('takes out', before ?? ''), ...whole('puts in', after)]),
    ...(contents === null ? [] : whole('new contents', contents)),
    ...others.flatMap(({ name, value }) => (value.includes('\n') ? whole(name, value) : [line(`${name}: ${value}`)])),
  ];
}
