import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Event, UnknownEvent } from '../../../src/core/events.ts';
import { openEventLog } from '../../../src/node/eventLog.ts';
import { LogFile } from '../../../src/node/eventLogFile.ts';
import { openForAppend } from '../../../src/node/eventLogRepair.ts';
import { LogWriter } from '../../../src/node/eventLogWriter.ts';
import { appendAll, delivered, note, stamp, startProgram, temporaryDirectory } from './support.ts';

/** 80 before a release. */
const runs = Number(process.env['BACKSTITCH_POWER_CUTS'] ?? 10);

/** What a durable row was acknowledged as, by its seq. */
type Acknowledged = Map<number, string>;

const lostOf = (acknowledged: Acknowledged, rows: (Event | UnknownEvent)[]): string[] => {
  const held = new Map(rows.map((row) => [row.seq, row]));
  return [...acknowledged].flatMap(([seq, mark]) => {
    const row = held.get(seq);
    return row?.type === 'delivered' && row.send === mark ? [] : [mark];
  });
};

/** An ext4 file system in a file, as root may mount it; null where that is not allowed. */
class LoopDisk {
  readonly path: string;
  readonly #image: string;

  static open(t: TestContext): LoopDisk | null {
    if (process.platform !== 'linux' || process.getuid?.() !== 0 || spawnSync('mkfs.ext4', ['-V']).status !== 0) return null;
    const disk = new LoopDisk(mkdtempSync(join(tmpdir(), 'backstitch-power-')));
    t.after(() => disk.#remove());
    return disk.mount() ? disk : null;
  }

  private constructor(folder: string) {
    this.path = join(folder, 'disk');
    this.#image = join(folder, 'image');
    mkdirSync(this.path);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, 1 << 30);
    execFileSync('mkfs.ext4', ['-q', this.#image]);
  }

  mount(): boolean {
    return spawnSync('mount', ['-o', 'loop', this.#image, this.path]).status === 0;
  }

  /** The kernel stops writing at once, whatever it still holds in memory: EXT4_IOC_SHUTDOWN without flushing the journal. */
  cutPower(): void {
    execFileSync('python3', ['-c', 'import fcntl, os, struct, sys\nfcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))', this.path]);
  }

  unmount(): void {
    execFileSync('umount', [this.path]);
  }

  #remove(): void {
    spawnSync('umount', ['-l', this.path]);
    rmSync(dirname(this.path), { recursive: true, force: true });
  }
}

test(`a log whose disk loses its power in the middle of writing keeps every durable row that was acknowledged`, async (t) => {
  const disk = LoopDisk.open(t);
  if (!disk) {
    t.diagnostic('no file system can be mounted here (root, mkfs.ext4 and loop devices are needed): the power cuts are the simulated ones');
    await simulatedCuts(t, 8);
    return;
  }
  const path = join(disk.path, 'events', 'log.jsonl');
  mkdirSync(dirname(path));
  const acknowledged: Acknowledged = new Map();
  let writtenOnly = 0;
  let writtenLost = 0;
  let witnessesLost = 0;
  for (let run = 0; run < runs; run++) {
    // The even rounds of this program are those that append durable rows.
    const child = startProgram(t, 'writer.program.ts', [path, String(run * 2)]);
    let said = '';
    child.stdout?.on('data', (data: Buffer) => { said += data.toString(); });
    await once(child.stdout!, 'data');
    const witness = join(disk.path, `never-synced-${run}`);
    writeFileSync(witness, 'x'.repeat(10_000));
    await new Promise((resolve) => { setTimeout(resolve, 50 + Math.random() * 250); });
    // What was acknowledged before the cut, and no more: of what is said during it nothing is known.
    const before = said.split('\n').slice(1, -1).map((line) => line.split(' '));
    disk.cutPower();
    child.kill('SIGKILL');
    await once(child, 'close');
    disk.unmount();
    assert.ok(disk.mount());
    if (!existsSync(witness) || statSync(witness).size === 0) witnessesLost++;
    const { rows, damage, log } = await openEventLog(path);
    await log.close();
    assert.deepEqual(damage, []);
    assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1), 'written rows keep their order');
    const seqs = new Set(rows.map((row) => row.seq));
    for (const [seq, mark, safety] of before) {
      if (safety === 'durable') acknowledged.set(Number(seq), String(mark));
      else writtenOnly++;
      if (safety !== 'durable' && !seqs.has(Number(seq))) writtenLost++;
    }
    assert.deepEqual(lostOf(acknowledged, rows), []);
  }
  // A cut that loses nothing at all would prove nothing.
  assert.equal(witnessesLost, runs);
  assert.ok(acknowledged.size > runs);
  t.diagnostic(`${runs} cuts of a real ext4: 0 of ${acknowledged.size} durable rows lost, ${writtenLost} of ${writtenOnly} rows that nobody waits for`);
});

test('a log of which the disk kept no more than it was told to sync keeps every durable row that was acknowledged', async (t) => {
  await simulatedCuts(t, 120);
});

/** What of the file the disk has been told to keep. */
class RecordedFile extends LogFile {
  keptBytes = 0;
  override async append(bytes: Buffer, isAwaited: boolean): ReturnType<LogFile['append']> {
    const before = this.sizeBytes;
    const outcome = await super.append(bytes, isAwaited);
    // A write that syncs keeps its own bytes and none before them.
    if (this.syncedBytes > before && this.keptBytes >= before) this.keptBytes = this.syncedBytes;
    return outcome;
  }
  override async sync(): Promise<void> {
    const { size } = statSync(this.path);
    const isAsked = this.syncedBytes < this.sizeBytes;
    await super.sync();
    if (isAsked) this.keptBytes = Math.max(this.keptBytes, size);
  }
}

/** The file after a cut: what was synced; of the rest nothing, a beginning, or some of its pages and not those before them. */
const remains = (whole: Buffer, keptBytes: number, how: number): Buffer => {
  if (how === 0) return whole.subarray(0, keptBytes);
  if (how === 1) return whole.subarray(0, keptBytes + Math.floor(Math.random() * (whole.length - keptBytes)));
  const holed = Buffer.from(whole);
  for (let page = Math.floor(keptBytes / 4096); page * 4096 < whole.length; page++) if (Math.random() < 0.5) holed.fill(0, Math.max(keptBytes, page * 4096), Math.min(whole.length, (page + 1) * 4096));
  return holed;
};

async function simulatedCuts(t: TestContext, cuts: number): Promise<void> {
  const directory = temporaryDirectory(t, true);
  const path = join(directory, 'log.jsonl');
  const begun = await openEventLog(path);
  await appendAll(begun.log, [delivered('first')]);
  await begun.log.close();
  const { size } = statSync(path);
  const file = new RecordedFile(path, path, await openForAppend(path), size);
  file.keptBytes = size;
  const log = new LogWriter(file, { lastSeq: 1, lastTs: '', clock: () => new Date(), maxPendingBytes: 1 << 20, release: async () => {} });
  const acknowledged: Acknowledged = new Map([[1, 'first']]);
  let isDone = false;
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !isDone; n++) {
      const mark = `${writer}-${n}`;
      const { events, done } = log.append([note('x'.repeat(Math.random() * 9_000)), ...(n % 3 === 0 ? [delivered(mark)] : [])], stamp);
      await done;
      if (n % 3 === 0) acknowledged.set(events[1]!.seq, mark);
      await new Promise((resolve) => { setTimeout(resolve, Math.random() * 3); });
    }
  };
  const writing = Promise.all([write(0), write(1), write(2)]);
  let unsynced = 0;
  for (let cut = 0; cut < cuts; cut++) {
    await new Promise((resolve) => { setTimeout(resolve, Math.random() * 15); });
    // One moment: nothing runs between these lines.
    const seen: Acknowledged = new Map(acknowledged);
    const whole = readFileSync(path);
    const { keptBytes } = file;
    unsynced += whole.length - keptBytes;
    const after = join(mkdtempSync(join(directory, 'cut-')), 'log.jsonl');
    writeFileSync(after, remains(whole, keptBytes, cut % 3), { mode: 0o600 });
    const opened = await openEventLog(after);
    await appendAll(opened.log, [delivered('after')]);
    await opened.log.close();
    assert.deepEqual(lostOf(seen, opened.rows), []);
    assert.deepEqual(opened.rows.map((row) => row.seq), opened.rows.map((row) => row.seq).toSorted((a, b) => a - b));
    // Only pages lost in the middle can leave a gap; it is behind all that was promised, and named.
    if (cut % 3 !== 2) assert.deepEqual([opened.damage, opened.rows.at(-1)?.seq], [[], opened.rows.length]);
    rmSync(dirname(after), { recursive: true });
  }
  isDone = true;
  await writing;
  await log.close();
  assert.ok(unsynced > 0, 'there was never anything to lose');
  t.diagnostic(`${cuts} simulated cuts: 0 of ${acknowledged.size} durable rows lost, ${unsynced} bytes at risk`);
}
