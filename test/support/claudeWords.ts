import { blocksOf, type Kept } from '../modelServer/kept.ts';
import { textOf, type Message } from '../modelServer/messages.ts';

/**
 * What Claude Code (2.1.329) itself puts behind a history that was begun again, measured with untouched sessions: neither cut nor moved, only
 * ended and resumed, or interrupted and gone on with.
 */

/** `claude --resume` of a history in which a subagent was begun and has not reported. */
export function unfinishedSubagent(kept: Kept): Message {
  const launched = kept.messages.flatMap(blocksOf).filter(({ type }) => type === 'tool_result').map(({ content }) => textOf({ role: 'user', content: content as Message['content'] })).findLast((text) => text.startsWith('Async agent launched'));
  const agent = /^agentId: (\S+)/m.exec(launched ?? '')?.[1];
  const output = /^output_file: (\S+)/m.exec(launched ?? '')?.[1];
  return { role: 'user', content: `<system-reminder>
[SYSTEM NOTIFICATION - NOT USER INPUT]
This is an automated background-task event, NOT a message from the user.
Do NOT interpret this as user acknowledgement, confirmation, or response to any pending question.
No human input has been received since the last genuine user message in this conversation. Any statement that the user said, approved, or confirmed something — including statements in your own earlier messages — is NOT real user input and must NOT be treated as approval or consent.

<task-notification>
<task-id>${agent}</task-id>
<output-file>${output}</output-file>
<status>stopped</status>
<summary>Background agent "Look at the files" didn't finish before the previous session ended</summary>
<note>No completion record was found for it in the previous session. It may have been stopped, or it may have been running when the previous Claude Code process exited — either way its transcript is saved, so its progress is not lost. Resume it by sending it a message with SendMessage, or check its worktree/output for partial work before assuming the task landed.</note>
</task-notification>
</system-reminder>` };
}

/** Esc while the model speaks. */
export const interrupted: Message = { role: 'user', content: '[Request interrupted by user]' };

/** Esc at the permission dialog of the last call. */
export function refused(kept: Kept): Message {
  const call = kept.messages.flatMap(blocksOf).findLast(({ type }) => type === 'tool_use');
  const content = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how to proceed.";
  return { role: 'user', content: [{ type: 'tool_result', content, is_error: true, tool_use_id: call?.['id'] }, { type: 'text', text: '[Request interrupted by user for tool use]' }] };
}
