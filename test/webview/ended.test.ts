import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventBody } from '../../src/core/events.ts';
import { startHarness } from './harness.ts';
import type { Harness, OpenOptions } from './harness.ts';

let harness: Harness;
before(async () => { harness = await startHarness(); });
after(() => harness.close());

const native = { session: 'n', path: '/n.jsonl' };
const begun: EventBody[] = [
  { type: 'run_started', pid: 1, cause: 'start', native, branch: 'main' },
  { type: 'block', block: 'b1', lane: 'main', after: null, kind: 'prompt', text: 'Make a plan', source: 'typed' },
];
const over = (end: EventBody): EventBody[] => [{ type: 'state', state: { is: 'exited' } }, end];
const clean: EventBody = { type: 'run_ended', code: 0, cause: 'exited' };

async function ended(t: { after(fn: () => Promise<void>): void }, end: EventBody = clean, prepare = '', options: OpenOptions = {}): Promise<Page> {
  const { page, problems } = await harness.open({ ...options, prepare: `peer.emit(${JSON.stringify([...begun, ...over(end)])}); ${prepare}` });
  await page.locator('session-end').waitFor();
  t.after(async () => {
    await page.close();
    assert.deepEqual(problems, []);
  });
  return page;
}

const asked = (page: Page, method: string): Promise<unknown[]> => page.evaluate((name) => window.peer.of(name), method);
const resume = (page: Page) => page.locator('session-end #resume');
const typed = (page: Page): Promise<string> => page.locator('prompt-composer textarea').inputValue();

test('how a session has ended stands where one would type next, in words and with its time', async (t) => {
  const table: [EventBody, string][] = [
    [clean, 'Demo Agent has exited.'],
    [{ type: 'run_ended', code: 3, cause: 'exited' }, 'Demo Agent has exited with code 3.'],
    [{ type: 'run_ended', code: null, signal: 'SIGKILL', cause: 'exited' }, 'Demo Agent was ended by SIGKILL.'],
    [{ type: 'run_ended', code: 0, cause: 'stopped' }, 'The session was stopped.'],
    [{ type: 'run_ended', code: null, cause: 'lost' }, 'The session was interrupted: its session host or the machine went down.'],
  ];
  for (const [end, words] of table) {
    const page = await ended(t, end);
    assert.equal(await page.locator('session-end .how b').innerText(), words);
    assert.match(await page.locator('session-end .how span').innerText(), /\d:\d\d/);
    await resume(page).waitFor();
  }
});

test('the button resumes the session; nothing is sent, and what was typed stays', async (t) => {
  const page = await ended(t, clean, `peer.resumeReason = 'A step is left out.';`);
  await page.locator('prompt-composer textarea').fill('half a thought');
  await page.keyboard.press('Control+a');
  await page.locator('prompt-composer textarea').fill('');
  await resume(page).click();
  await page.locator('session-end').waitFor({ state: 'detached' });
  assert.equal((await asked(page, 'workbench/resume')).length, 1);
  assert.deepEqual(await asked(page, 'session/send'), []);
  await page.getByText('A step is left out.').waitFor();
  await page.locator('prompt-composer textarea:focus').waitFor();
});

test('Enter with a text resumes, then sends it once; until then it stays where it is', async (t) => {
  const page = await ended(t, clean, `peer.held = ['workbench/resume'];`);
  const composer = page.locator('prompt-composer textarea');
  assert.equal(await composer.getAttribute('placeholder'), 'Ask next… (Enter resumes the session and sends it)');
  await composer.fill('And the tests');
  await page.getByRole('button', { name: 'Resume and Send' }).waitFor();
  await composer.press('Enter');
  await page.getByText('Resuming, then sending your prompt…').first().waitFor();
  assert.equal(await typed(page), 'And the tests');
  assert.deepEqual(await page.evaluate(() => (window.peer.saved as { draft?: string }).draft), 'And the tests', 'a reload would bring it back');
  await composer.press('Enter');
  assert.deepEqual(await asked(page, 'session/send'), []);
  await page.evaluate(() => { window.peer.held = []; window.peer.release(); });
  await page.waitForFunction(() => window.peer.of('session/send').length > 0);
  await page.locator('session-end').waitFor({ state: 'detached' });
  const sent = (await asked(page, 'session/send')) as { text: string }[];
  assert.deepEqual(sent.map(({ text }) => text), ['And the tests']);
  assert.equal((await asked(page, 'workbench/resume')).length, 1);
  assert.equal(await typed(page), '');
});

test('Enter in the empty prompt resumes', async (t) => {
  const page = await ended(t);
  await page.locator('prompt-composer textarea').press('Enter');
  await page.locator('session-end').waitFor({ state: 'detached' });
  assert.deepEqual(await asked(page, 'session/send'), []);
});

test('a resume that fails says why, keeps the text, and can be tried again', async (t) => {
  const page = await ended(t, clean, `peer.failures = { 'workbench/resume': 'Demo Agent cannot be started: no memory is left.' };`);
  await page.locator('prompt-composer textarea').fill('And the tests');
  await page.locator('prompt-composer textarea').press('Enter');
  await page.getByRole('alert').getByText('Not resumed: Demo Agent cannot be started: no memory is left.').waitFor();
  assert.equal(await typed(page), 'And the tests');
  await page.getByRole('button', { name: 'New Session Here' }).waitFor();
  await page.evaluate(() => { window.peer.failures = {}; });
  await page.getByRole('button', { name: 'Try Again' }).click();
  await page.waitForFunction(() => window.peer.of('session/send').length === 1);
  assert.equal(await typed(page), '');
});

test('what cannot be resumed says why and what can be done instead; looked at again, it can', async (t) => {
  const page = await ended(t, clean, `peer.resumability = { is: 'no', code: 'agent-unusable', reason: 'Demo Agent cannot be started: it is gone.' };`);
  await page.getByText('It cannot be resumed now. Demo Agent cannot be started: it is gone.').waitFor();
  assert.equal(await resume(page).count(), 0);
  await page.getByRole('button', { name: 'Copy Conversation' }).click();
  await page.getByRole('button', { name: 'New Session Here' }).click();
  await page.waitForFunction(() => window.peer.of('workbench/startAnother').length === 1 && window.peer.of('workbench/copyConversation').length === 1);
  await page.evaluate(() => { window.peer.resumability = { is: 'goesOn', fidelity: 'exact', reason: null }; });
  await page.getByRole('button', { name: 'Check Again' }).click();
  await resume(page).waitFor();
});

test('a folder that is gone takes no new session; an agent without a memory says so before it starts again', async (t) => {
  const gone = await ended(t, clean, `peer.resumability = { is: 'no', code: 'no-such-folder', reason: 'The folder /ws does not exist or is not a folder.' };`);
  await gone.getByRole('button', { name: 'Copy Conversation' }).waitFor();
  assert.equal(await gone.getByRole('button', { name: 'New Session Here' }).count(), 0);
  const anew = await ended(t, clean, `peer.resumability = { is: 'anew', reason: 'python3 keeps no memory of its own.' };`);
  await anew.getByText('python3 keeps no memory of its own.').waitFor();
  assert.equal(await anew.locator('session-end #resume').innerText(), 'Start Again');
});

test('the end in three themes', async (t) => {
  for (const theme of ['dark', 'light', 'hc'] as const) {
    const page = await ended(t, { type: 'run_ended', code: null, cause: 'lost' }, '', { theme, height: 300, width: 520 });
    await resume(page).waitFor();
    await page.screenshot({ path: `test-results/ended-${theme}.png` });
  }
});
