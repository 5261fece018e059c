import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkOf, placeInText } from '../../src/core/links.ts';

test('a link leads to a file and its lines, to this machine, to the web, or nowhere', () => {
  for (const [href, wanted] of [
    ['src/file.ts', { is: 'file', path: 'src/file.ts' }],
    ['src/file.ts#L12', { is: 'file', path: 'src/file.ts', line: 12 }],
    ['src/file.ts#L12-L20', { is: 'file', path: 'src/file.ts', line: 12, endLine: 20 }],
    ['./a.md#L12-20', { is: 'file', path: './a.md', line: 12, endLine: 20 }],
    ['a.ts#L3C5-L4C7', { is: 'file', path: 'a.ts', line: 3, endLine: 4 }],
    ['a.ts#12,5', { is: 'file', path: 'a.ts', line: 12 }],
    ['a.ts#L0', { is: 'file', path: 'a.ts' }],
    ['README.md#usage', { is: 'file', path: 'README.md' }],
    ['src/file.ts:12', { is: 'file', path: 'src/file.ts', line: 12 }],
    ['file.ts:12:5', { is: 'file', path: 'file.ts', line: 12 }],
    ['file.ts:12-20', { is: 'file', path: 'file.ts', line: 12, endLine: 20 }],
    ['my%20notes/%D7%A9.md:2', { is: 'file', path: 'my notes/ש.md', line: 2 }],
    ['100%.md', { is: 'file', path: '100%.md' }],
    ['/etc/hosts#L1', { is: 'file', path: '/etc/hosts', line: 1 }],
    ['~/notes.md', { is: 'file', path: '~/notes.md' }],
    ['C:\\src\\a.ts', { is: 'file', path: 'C:\\src\\a.ts' }],
    ['C:%5Csrc%5Ca.ts:7', { is: 'file', path: 'C:\\src\\a.ts', line: 7 }],
    ['c:/src/a.ts#L3', { is: 'file', path: 'c:/src/a.ts', line: 3 }],
    ['src/a:b.ts', { is: 'file', path: 'src/a:b.ts' }],
    ['file:///home/me/a%20b.ts#L3', { is: 'file', path: '/home/me/a b.ts', line: 3 }],
    ['file://localhost/home/a.ts:4', { is: 'file', path: '/home/a.ts', line: 4 }],
    ['file:///C:/src/a.ts', { is: 'file', path: 'C:/src/a.ts' }],
    ['http://localhost:3000', { is: 'loopback', href: 'http://localhost:3000/' }],
    ['https://LOCALHOST/x', { is: 'loopback', href: 'https://localhost/x' }],
    ['http://app.localhost./', { is: 'loopback', href: 'http://app.localhost./' }],
    ['http://127.0.0.1:8080/a?b#c', { is: 'loopback', href: 'http://127.0.0.1:8080/a?b#c' }],
    ['http://127.1', { is: 'loopback', href: 'http://127.0.0.1/' }],
    ['http://2130706433/', { is: 'loopback', href: 'http://127.0.0.1/' }],
    ['http://[::1]:5173/', { is: 'loopback', href: 'http://[::1]:5173/' }],
    ['http://[::ffff:127.0.0.1]/', { is: 'loopback', href: 'http://[::ffff:7f00:1]/' }],
    ['http://0.0.0.0:8000', { is: 'loopback', href: 'http://0.0.0.0:8000/' }],
    ['https://example.com/guide', { is: 'web', href: 'https://example.com/guide' }],
    ['https://localhost.example.com', { is: 'web', href: 'https://localhost.example.com/' }],
    ['https://localhost@example.com/', { is: 'web', href: 'https://localhost@example.com/' }],
  ] as const) assert.deepEqual(linkOf(href), wanted, href);
  for (const href of [
    '', '#usage', '#L3', 'command:workbench.action.quit', 'javascript:alert(1)', 'JavaScript:1', 'java\tscript:1', ' javascript:x', '\u0001javascript:x', '%6aavascript:x', 'data:text/html,x',
    'vscode:extension/x', 'vscode-insiders://x/y', 'vscode-webview://x', 'blob:x', 'mailto:a@b.c', 'ftp://x/y', 'http://example.com/', 'https:', 'https:///x', 'http://', 'about:blank', 'view-source:x',
    '//server/share', '\\\\server\\share', '%5C%5Cserver%5Cshare', '/%2Fserver/x', '/\\server', 'file://server/share/x', 'file:////server/x', 'file:///', 'a\u0000b.ts', 'a%00b.ts', 'a%0Ab.ts', 'x'.repeat(5_000),
  ]) assert.equal(linkOf(href), null, href);
});

test('a place in a file is known in a text where it names a line', () => {
  for (const [text, wanted] of [
    ['src/a.ts:12', { is: 'file', path: 'src/a.ts', line: 12 }],
    ['a.test.ts:3:7', { is: 'file', path: 'a.test.ts', line: 3 }],
    ['src/50%#/b.ts:3-9', { is: 'file', path: 'src/50%#/b.ts', line: 3, endLine: 9 }],
    ['C:\\src\\a.ts:7', { is: 'file', path: 'C:\\src\\a.ts', line: 7 }],
    ['app/[id].tsx:7', { is: 'file', path: 'app/[id].tsx', line: 7 }],
  ] as const) assert.deepEqual(placeInText(text), wanted, text);
  for (const text of ['a.ts', 'npm test', 'localhost:3000', '12:30', 'x:1', 'a b.ts:3', 'http://a.b:80', '{a.b:1}', 'data.x:y', '//server/a.ts:3', 'javascript.:1']) assert.equal(placeInText(text), null, text);
});
