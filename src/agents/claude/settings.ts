import type { AgentAdapter } from '../../core/adapter.ts';

/** What `claude --help` (2.1.329) names; `default` is an older word for `manual` that it takes too. */
const efforts = ['low', 'medium', 'high', 'xhigh', 'max'];
const permissionModes = ['acceptEdits', 'auto', 'bypassPermissions', 'default', 'dontAsk', 'manual', 'plan'];

/** The CLI's own arguments for settings, checked as far as its help tells what is possible: it would end at once over a wrong one. */
export const settingArgs: NonNullable<AgentAdapter['settingArgs']> = ({ model, effort, permissionMode }) => {
  if (model !== undefined && (model.trim() === '' || model.startsWith('-'))) return refused('model', model, 'a model’s name or alias, such as opus');
  if (effort !== undefined && !efforts.includes(effort)) return refused('effort', effort, efforts.join(', '));
  if (permissionMode !== undefined && !permissionModes.includes(permissionMode)) return refused('permission mode', permissionMode, permissionModes.join(', '));
  const args = [
    ...(model === undefined ? [] : ['--model', model]),
    ...(effort === undefined ? [] : ['--effort', effort]),
    ...(permissionMode === undefined ? [] : ['--permission-mode', permissionMode]),
  ];
  return { is: 'args', args };
};

const refused = (what: string, given: string, known: string) => ({ is: 'refused', problem: `Claude Code knows no ${what} “${given}”. Possible: ${known}.` }) as const;
