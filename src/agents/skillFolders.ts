import type { SkillFolder } from '../core/adapter.ts';

/** Agents that read skills as folders with a SKILL.md, also those without an adapter; the most used first. */
export const skillFolders: readonly SkillFolder[] = [
  { agent: 'claude', folder: '.claude', variable: 'CLAUDE_CONFIG_DIR' },
  { agent: 'codex', folder: '.codex', variable: 'CODEX_HOME' },
];
