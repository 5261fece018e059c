import type { AgentAdapter } from '../../core/adapter.ts';
import { ClaudeDecoder } from './decoder.ts';
import { history } from './history.ts';
import { hookReply } from './hookReply.ts';
import { keystrokes } from './keystrokes.ts';
import { launch } from './launch.ts';
import { markers } from './markers.ts';
import { ownPlacesOf } from './ownPlaces.ts';
import { probe } from './probe.ts';
import { isCommand } from './typeable.ts';
import { settingArgs } from './settings.ts';

/** Claude Code in its own terminal interface, followed by its hooks, transcripts and status file. */
export const claude: AgentAdapter = {
  id: 'claude',
  name: 'Claude Code',
  about: 'Anthropic’s coding agent, in its own terminal interface.',
  promptHint: 'Its commands, such as /compact, and files as @path work here as at its own prompt.',
  markers,
  probe,
  launch,
  decoder: (run) => new ClaudeDecoder(run),
  keystrokes: (input) => keystrokes(input),
  showsTakeUp: true,
  isCommand,
  settingArgs,
  limitDialogKeys: [{ write: '\u001b' }, { pauseMs: 300 }],
  hookReply,
  history,
  ownPlaces: ownPlacesOf,
};
