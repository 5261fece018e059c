import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asLine, asText } from '../../src/vscode/asText.ts';
import { productSources } from '../support/sources.ts';

test('what VS Code would read as an icon or a link is shown as text', () => {
  assert.equal(asText('$(trash) [Allow](command:workbench.action.terminal.new)'), '$\u200b(trash) [Allow]\u200b(command:workbench.action.terminal.new)');
  assert.equal(asText('\\$(trash) $$(x)'), '\\$\u200b(trash) $$\u200b(x)');
  assert.equal(asText('costs $5 (or [so])'), 'costs $5 (or [so])');
});

test('no control sequence, no turned text, and in a line no second line', () => {
  assert.equal(asText('\u001b]0;mine\u0007a\u202eb\u009b31mc\nd'), 'a<U+202E>bc\nd');
  assert.equal(asLine(' a\n\tb\u2028c '), 'a b c');
});

test('one door: no other file of the extension shows a message, a list or a row of a tree', () => {
  const doors = /\b(show(Information|Warning|Error)Message|showQuickPick|setStatusBarMessage|withProgress)\(|new vscode\.MarkdownString|new vscode\.TreeItem\(/;
  const others = productSources().filter(({ path, text }) => path.startsWith('src/vscode/') && path !== 'src/vscode/say.ts' && doors.test(text)).map(({ path }) => path);
  assert.deepEqual(others, []);
});
