import type { Parts } from './parts.ts';
import type { Shown } from './shown.ts';

/** How long VS Code is given to hand back panels before a tab without anybody behind it counts as left over. */
const handBackMs = 500;

/**
 * Shows again what the life before this one showed. VS Code gives panels back after a reload, but never an extension's terminals; after a
 * killed extension host it gives back neither and leaves both standing as tabs that nobody answers.
 */
export async function restoreShown(parts: Parts, before: Shown, window: string): Promise<void> {
  parts.terminals.closeLeftovers(before);
  if (before.terminals.length === 0 && before.panels.length === 0) return;
  await parts.sessions.loaded();
  for (const { uid } of before.terminals) {
    const session = parts.sessions.get(uid);
    if (session && (session.alive || before.panels.includes(uid))) parts.terminals.show(session, { preserveFocus: true });
  }
  if (before.window !== window) return;
  await new Promise((resolve) => setTimeout(resolve, handBackMs));
  await parts.panels.closeLeftovers();
  for (const uid of before.panels) {
    const session = parts.sessions.get(uid);
    if (session && !parts.panels.get(uid)) parts.panels.show(session, { preserveFocus: true });
  }
}
