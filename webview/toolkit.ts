/**
 * The only door to the webview UI toolkit, which is no longer maintained: replacing it stays the work of one file.
 * Its progress ring and badge are not taken: their templates carry style attributes, which the strict CSP refuses.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox } from '@vscode/webview-ui-toolkit';

export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox());
}
