import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { checkNativePart } from '../../src/client/nativePart.ts';
import { root } from '../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'native-part-'));
after(() => {
  rmSync(folder, { recursive: true });
});
const built = join(root, 'node_modules/node-pty/build/Release/pty.node');

/** An extension's folder with a native part where a package has it. */
function extension(name: string): string {
  const place = join(folder, name, 'node_modules/node-pty', `prebuilds/linux-${process.arch}`);
  mkdirSync(place, { recursive: true });
  cpSync(built, join(place, 'pty.node'));
  return join(place, 'pty.node');
}

describe('the native part of the extension', () => {
  it('is said nothing of where it can be loaded', () => {
    extension('good');
    checkNativePart(join(folder, 'good'));
    checkNativePart(root);
  });

  it('is told to be for a newer C library, and what this system has', () => {
    const file = extension('new');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('\0GLIBC_2.', 0, 'latin1') + 1;
    bytes.write('9'.repeat(bytes.indexOf(0, at) - at - 'GLIBC_'.length), at + 'GLIBC_'.length, 'latin1');
    writeFileSync(file, bytes);
    assert.throws(() => checkNativePart(join(folder, 'new')), {
      code: 'native-part',
      message:
        /cannot be loaded \([^]*version `GLIBC_9+' not found[^]*\)\. This system has glibc 2\.\d+; the packaged extension needs glibc 2\.28/,
    });
  });

  it('is told to be missing', () => {
    mkdirSync(join(folder, 'none'));
    assert.throws(() => checkNativePart(join(folder, 'none')), {
      code: 'native-part',
      message: /there is none for linux-/,
    });
  });
});
