// The folder that `npm start` opens where none is named: a copy of the sample workspace, so that the checkout is never changed.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const sample = fileURLToPath(new URL('sampleWorkspace', import.meta.url));

/** The copy below `place`. One that is there is used again: what is missing of the sample is added, all else stays as it is. */
export function sampleFolder(place) {
  const copy = path.join(place, 'sample');
  mkdirSync(copy, { recursive: true });
  cpSync(sample, copy, { recursive: true, force: false });
  if (existsSync(path.join(copy, '.git'))) return copy;
  const git = (...words) => spawnSync('git', ['-c', 'user.name=Sample', '-c', 'user.email=sample@localhost', ...words], { cwd: copy, stdio: 'ignore' });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'Word count');
  return copy;
}
