import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Where a panel may load from; nothing else of the disk is in its reach. */
export const panelRoots = (extension: vscode.Uri): vscode.Uri[] => [vscode.Uri.joinPath(extension, 'dist'), vscode.Uri.joinPath(extension, 'media')];

/**
 * The page of a conversation panel. Scripts and styles need a nonce that is new each time, nothing remote can be loaded, nothing can be
 * sent. The meta element hands the nonce to the components' own style elements.
 */
export function panelHtml(webview: vscode.Webview, extension: vscode.Uri, title: string): string {
  const nonce = randomBytes(18).toString('base64url');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webview.js'));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}' ${webview.cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${attribute(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(title)}</title>
</head>
<body>
<script type="module" nonce="${nonce}" src="${attribute(script.toString())}"></script>
</body>
</html>`;
}

const attribute = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
