import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { HostParts } from '../../src/host/hostParts.ts';
import { Sessions } from '../../src/host/sessions.ts';
import { startHookServer } from '../../src/node/hookServer.ts';
import { openStateDirectory } from '../../src/node/stateDirectory.ts';

/** Processes that have this word among their arguments. */
const running = (word: string): string[] => globSync('/proc/[0-9]*/cmdline').filter((path) => {
  try {
    return readFileSync(path, 'utf8').split('\0').includes(word);
  } catch {
    return false;
  }
});

/** A moment of a start at which the host begins to close: what of its parts is used then. */
const moments: Record<string, (parts: HostParts, close: () => void) => HostParts> = {
  'while the session is made': (parts, close) => ({ ...parts, directory: { ...parts.directory, eventLogPath: (...of) => { close(); return parts.directory.eventLogPath(...of); } } }),
  'while its agent is launched': (parts, close) => ({ ...parts, hooks: { ...parts.hooks, open: parts.hooks.open.bind(parts.hooks), get url() { close(); return parts.hooks.url; } } }),
};

describe('a host that closes during a start', () => {
  let seconds = 70_000;
  for (const [moment, closingAt] of Object.entries(moments)) {
    it(`${moment} leaves neither an agent nor a session`, async () => {
      const home = realpathSync(mkdtempSync(join(tmpdir(), 'closing-')));
      mkdirSync(join(home, 'work'));
      const directory = await openStateDirectory(join(home, 'state'));
      const hooks = await startHookServer();
      const word = `${++seconds}.125`;
      let closed: Promise<void> | null = null;
      const parts: HostParts = { directory, hooks, execPath: process.execPath, bundled: (name) => name };
      const nothing = (): void => undefined;
      const sessions: Sessions = new Sessions(closingAt(parts, () => { closed ??= sessions.close(); }), { events: nothing, live: nothing, title: nothing, sized: nothing, changed: nothing, removed: nothing });
      const starting = sessions.start({ agent: 'sleep', args: [word], cwd: join(home, 'work'), env: { PATH: process.env['PATH'] ?? '' }, cols: 80, rows: 24 });
      await assert.rejects(starting, { code: 'host-ending' });
      await (closed ?? assert.fail('it was not closed'));
      await hooks.close();
      assert.deepEqual(running(word), []);
      assert.deepEqual([await readdir(directory.events), await readdir(directory.runs), await sessions.list({ all: true })], [[], [], []]);
    });
  }
});
