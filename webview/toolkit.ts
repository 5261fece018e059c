/**
 * The only door to the webview UI toolkit, which is no longer maintained: replacing it stays the work of one file.
 * Its progress ring is not taken: its template breaks the strict CSP. `busy-spinner` is ours.
 */
import { provideVSCodeDesignSystem, vsCodeBadge, vsCodeButton, vsCodeCheckbox } from '@vscode/webview-ui-toolkit';

export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(vsCodeBadge(), vsCodeButton(), vsCodeCheckbox());
}
