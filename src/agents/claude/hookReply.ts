import type { HookReply } from '../../core/adapter.ts';
import { asList, asObject } from './json.ts';

/** Any reply with a body would leave a row in the transcript; 204 leaves none and changes nothing (measured with 2.1.329). */
const nothing: HookReply = { status: 204 };

/** The reply to a hook: a decision for a permission request that was answered, else nothing. */
export function hookReply(hook: string, payload: unknown, decision?: { option: 'allow' | 'allow_always' | 'deny'; message?: string }): HookReply {
  if (hook !== 'PermissionRequest' || !decision) return nothing;
  const suggestions = asList(asObject(payload)?.['permission_suggestions']);
  const reply = decision.option === 'deny'
    ? { behavior: 'deny', message: decision.message || 'The user does not want this to be done.' }
    : { behavior: 'allow', ...(decision.option === 'allow_always' && suggestions.length ? { updatedPermissions: suggestions } : {}) };
  return { status: 200, body: { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: reply } } };
}
