import type { ChildMarkers } from '../../core/adapter.ts';

/** What other coding agents set for the programs that they run, as far as it is known: they have no adapter that could tell. */
export const markers: ChildMarkers = {
  names: [
    'CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED', 'CODEX_CI', 'CODEX_THREAD_ID', 'GEMINI_CLI', 'OPENCODE', 'OPENCODE_CLIENT', 'OPENCODE_PID',
    'CURSOR_AGENT', 'CURSOR_TRACE_ID', 'AUGMENT_AGENT', 'CLINE_ACTIVE', 'ANTIGRAVITY_AGENT',
  ],
};
