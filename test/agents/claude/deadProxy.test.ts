import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type DeadProxy, openDeadProxy } from '../../support/deadProxy.ts';

/** What holds the agents of all tests to this machine has to notice a program that asks for another one. */
describe('the proxy that the agents of tests get', () => {
  const near = createServer((_, response) => {
    response.end('near');
  });
  let proxy: DeadProxy;
  before(async () => {
    proxy = await openDeadProxy();
    await new Promise<void>((resolve) => {
      near.listen(0, '127.0.0.1', resolve);
    });
  });
  after(() => {
    near.close();
  });

  const asks = async (url: string): Promise<string> => {
    const program = `fetch(${JSON.stringify(url)}).then((answer) => answer.text()).then((text) => console.log(text), () => console.log('refused'))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], {
      env: { ...proxy.env, NODE_USE_ENV_PROXY: '1' },
    });
    return stdout.trim();
  };

  it('lets a program reach this machine without asking', async () => {
    assert.equal(await asks(`http://127.0.0.1:${(near.address() as AddressInfo).port}/`), 'near');
    assert.deepEqual(proxy.asked, []);
  });

  it('refuses every other machine, and names it at the end', async () => {
    assert.equal(await asks('https://downloads.invalid/list'), 'refused');
    assert.equal(await asks('https://downloads.invalid:8443/list'), 'refused');
    assert.deepEqual(proxy.asked, ['downloads.invalid:443', 'downloads.invalid:8443']);
    await assert.rejects(proxy.close(), { message: /The agent of a test asked for hosts outside/ });
  });
});
