import type { ChildMarkers } from '../../core/adapter.ts';

/**
 * What Claude Code (2.1.329) sets for the programs of its shell tool and for hooks, measured, and what its program names as a background
 * session's own. CLAUDE_CODE_CHILD_SESSION alone keeps a CLI that is started there from writing a transcript. Its settings
 * (`CLAUDE_CONFIG_DIR`, `CLAUDE_CODE_USE_BEDROCK`, `ANTHROPIC_*`) are the user's.
 */
export const markers: ChildMarkers = {
  names: [
    'AI_AGENT', 'CLAUDECODE', 'CLAUDE_PID', 'CLAUDE_EFFORT', 'CLAUDE_PROJECT_DIR', 'CLAUDE_ENV_FILE', 'CLAUDE_PLUGIN_ROOT', 'CLAUDE_PLUGIN_DATA',
    'CLAUDE_CODE_CHILD_*', 'CLAUDE_CODE_MESSAGING_*', 'CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_EXECPATH', 'CLAUDE_CODE_INVOKED_SKILLS',
    'CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS', 'CLAUDE_CODE_SESSION_ID', 'CLAUDE_CODE_SESSION_ATTENDED', 'CLAUDE_CODE_SESSION_KIND',
    'CLAUDE_CODE_SESSION_NAME', 'CLAUDE_CODE_SESSION_BEGAN_AS_COPY', 'CLAUDE_CODE_RESUME_PROMPT', 'CLAUDE_CODE_RESUME_REASON',
    'CLAUDE_CODE_RESUME_SOURCE_ALIVE', 'CLAUDE_JOB_DIR', 'CLAUDE_BG_*',
  ],
  beside: { GIT_EDITOR: 'true', COREPACK_ENABLE_AUTO_PIN: '0', NoDefaultCurrentDirectoryInExePath: '1' },
};
