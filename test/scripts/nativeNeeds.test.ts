import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { root } from '../support/sources.ts';

const { nativeNeeds, nativeProblem } = (await import(join(root, 'scripts/nativeNeeds.mjs'))) as {
  nativeNeeds(file: string): string[];
  nativeProblem(file: string): string | null;
};

const folder = mkdtempSync(join(tmpdir(), 'native-'));
after(() => {
  rmSync(folder, { recursive: true });
});

/** A 64-bit ELF file that holds nothing but its needs of versions, library by library. */
function elf(name: string, ...libraries: string[][]): string {
  const names = libraries.flat();
  const strings = Buffer.from(`\0${names.map((one) => `${one}\0`).join('')}`, 'latin1');
  const needs = Buffer.alloc(16 * (libraries.length + names.length));
  let at = 0;
  for (const [index, versions] of libraries.entries()) {
    const size = 16 * (1 + versions.length);
    needs.writeUInt16LE(versions.length, at + 2);
    needs.writeUInt32LE(16, at + 8);
    needs.writeUInt32LE(index === libraries.length - 1 ? 0 : size, at + 12);
    for (const [n, version] of versions.entries()) {
      needs.writeUInt32LE(strings.indexOf(`\0${version}\0`, 0, 'latin1') + 1, at + 16 * (n + 1) + 8);
      needs.writeUInt32LE(n === versions.length - 1 ? 0 : 16, at + 16 * (n + 1) + 12);
    }
    at += size;
  }
  const head = Buffer.alloc(64 + 3 * 64);
  head.write('\x7fELF\x02\x01', 'latin1');
  head.writeBigUInt64LE(64n, 0x28);
  head.writeUInt16LE(64, 0x3a);
  head.writeUInt16LE(3, 0x3c);
  const section = (index: number, type: number, offset: number, link: number, count: number): void => {
    const from = 64 + 64 * index;
    head.writeUInt32LE(type, from + 4);
    head.writeBigUInt64LE(BigInt(offset), from + 0x18);
    head.writeUInt32LE(link, from + 0x28);
    head.writeUInt32LE(count, from + 0x2c);
  };
  section(1, 0x6ffffffe, head.length, 2, libraries.length);
  section(2, 3, head.length + needs.length, 0, 0);
  const file = join(folder, name);
  writeFileSync(file, Buffer.concat([head, needs, strings]));
  return file;
}

describe('what a native part needs of a Linux', () => {
  it('passes where VS Code runs', () => {
    const file = elf('old.node', ['GLIBC_2.2.5', 'GLIBC_2.28'], ['GLIBCXX_3.4.25', 'CXXABI_1.3.9', 'GCC_3.0']);
    assert.deepEqual(nativeNeeds(file), ['CXXABI_1.3.9', 'GCC_3.0', 'GLIBCXX_3.4.25', 'GLIBC_2.2.5', 'GLIBC_2.28']);
    assert.equal(nativeProblem(file), null);
  });

  it('is refused where it is more, and named', () => {
    assert.match(
      nativeProblem(elf('new.node', ['GLIBC_2.34', 'GLIBC_2.4'], ['GLIBCXX_3.4'])) ?? '',
      /new\.node needs GLIBC_2\.34, but VS Code runs on systems that have no more than GLIBC_2\.28/,
    );
    assert.match(nativeProblem(elf('cxx.node', ['GLIBC_2.17'], ['GLIBCXX_3.4.26'])) ?? '', /needs GLIBCXX_3\.4\.26,/);
  });

  it('is refused for another C library, and for what is no native part', () => {
    assert.match(nativeProblem(elf('musl.node', ['GCC_3.0'])) ?? '', /not made for the GNU C library/);
    const text = join(folder, 'text.node');
    writeFileSync(text, 'no native part');
    assert.throws(() => nativeNeeds(text), { message: /text\.node is no native part for 64-bit Linux/ });
  });

  it('is read from what a compiler has made', () => {
    assert.ok(
      nativeNeeds(join(root, 'node_modules/node-pty/build/Release/pty.node')).some((name) =>
        /^GLIBC_2\.\d+$/.test(name),
      ),
    );
  });
});
