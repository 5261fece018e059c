import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import type { Event } from '../../src/core/events.ts';
import { sessionChangeQueue, sessionSend, sessionWaitIdle } from '../../src/protocol/protocol.ts';
import { openWorkbench, untilTrue, type Workbench } from '../support/workbench.ts';
import { WorkbenchSession } from '../support/workbenchSession.ts';

/** What a person does in the real workbench, faster than anything answers: each of it happens once, to what was shown. */
let workbench: Workbench;
let session: WorkbenchSession;

before(async () => {
  workbench = await openWorkbench();
  session = await WorkbenchSession.start(workbench);
});
afterEach((each) => workbench.screenshotOfFailure(each as { passed?: boolean; name: string }));
after(() => workbench.dispose());

const area = () => session.panel.locator('prompt-composer textarea');
const rows = async (): Promise<Event[]> => readFileSync((await session.summary()).logPath, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Event);
const prompts = async (): Promise<string[]> => (await rows()).flatMap((event) => (event.type === 'block' && event.kind === 'prompt' ? [event.text] : []));
const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
const idle = async (): Promise<void> => void (await (await workbench.host()).connection.sendRequest(sessionWaitIdle, { session: session.uid }));

test('three prompts, typed without waiting for anything, are three prompts in their order', async () => {
  await area().click();
  for (const text of ['echo one', 'echo two', 'echo three']) {
    await workbench.page.keyboard.type(text);
    await press('Enter');
  }
  await untilTrue('all three', async () => (await prompts()).length === 3);
  await idle();
  assert.deepEqual(await prompts(), ['echo one', 'echo two', 'echo three']);
  await session.showsAll();
});

test('Escape ends the turn that is shown; what waits goes on, and the words in the field stay', async () => {
  await session.prompt('hang');
  await session.untilState('busy');
  await session.prompt('echo four');
  await session.panel.locator('panel-header #interrupt').waitFor();
  await area().click();
  await workbench.page.keyboard.type('half a thought');
  await press('Escape');
  await session.panel.getByText('Press Escape again to interrupt.').waitFor();
  await press('Escape');
  await session.panel.locator('[data-kind=text]').getByText('four', { exact: true }).waitFor();
  await idle();
  assert.equal(await area().inputValue(), 'half a thought');
  await area().fill('');
  const ended = (await rows()).flatMap((event) => (event.type === 'task_complete' ? [event.status] : []));
  assert.deepEqual(ended, ['completed', 'completed', 'completed', 'interrupted', 'completed']);
});

test('a prompt that is edited waits for it, also for a shell that goes on with the queue', async () => {
  const { connection } = await workbench.host();
  const pause = (is: 'pause' | 'continue') => connection.sendRequest(sessionChangeQueue, { session: session.uid, change: { is }, from: 'cli' });
  await pause('pause');
  await connection.sendRequest(sessionSend, { session: session.uid, text: 'echo five', from: 'cli' });
  const row = session.panel.locator('prompt-queue .row', { hasText: 'echo five' });
  await row.waitFor();
  await row.focus();
  // At once: the keys wait in the box that was asked for.
  await press('Enter');
  await workbench.page.keyboard.type(' and a half');
  await untilTrue('the prompt is held', async () => ((await session.summary()).editing ?? []).length === 1);
  await pause('continue');
  assert.deepEqual([(await session.summary()).queueHeld, (await prompts()).length], ['edit', 5]);
  await press('Enter');
  await session.panel.locator('[data-kind=text]').getByText('five and a half', { exact: true }).waitFor();
  await idle();
});
