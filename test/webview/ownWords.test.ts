import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { EventBody } from '../../src/core/events.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

const line = '[backstitch session id=docs]';
const events: EventBody[] = [
  { type: 'block', block: 'b1', lane: 'main', after: null, kind: 'prompt', text: `${line} Make a plan`, source: 'typed', added: { text: line, why: 'session' } },
  { type: 'block', block: 'b2', lane: 'main', after: 'b1', kind: 'text', text: 'Done.' },
  { type: 'block', block: 'b3', lane: 'main', after: 'b2', kind: 'prompt', text: 'resume', source: 'typed', added: { text: 'resume', why: 'stall' } },
  { type: 'block', block: 'b4', lane: 'main', after: 'b3', kind: 'prompt', text: `${line} typed by a person`, source: 'typed' },
  { type: 'state', state: { is: 'busy' } },
  { type: 'queued', send: 'q1', text: `${line} and the tests`, from: 'host', added: { text: line, why: 'session' } },
];

test('what Backstitch has put before a prompt is folded, named as such, and can be read', async (t) => {
  const { page } = await harness.open({ prepare: `peer.emit(${JSON.stringify(events)});`, height: 500 });
  t.after(() => page.close());
  const prompt = (block: string) => page.locator(`[data-block=${block}] .prompt`);
  assert.equal((await prompt('b1').innerText()).trim(), 'Added by Backstitch: the session’s name\nMake a plan');
  await prompt('b1').locator('summary').click();
  await prompt('b1').getByText(line, { exact: true }).waitFor();
  assert.equal((await prompt('b3').innerText()).trim(), 'Sent by Backstitch after silence');
  assert.equal(await page.locator('[data-block=b3]').getAttribute('aria-label'), 'Prompt from Backstitch');
  assert.equal(await prompt('b4').innerText(), `${line} typed by a person`);
  await page.locator('prompt-queue .row').waitFor();
  assert.equal(await page.locator('prompt-queue .row .line').innerText(), 'and the tests');
  await page.screenshot({ path: 'test-results/own-words.png' });
});
