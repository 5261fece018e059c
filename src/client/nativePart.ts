import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { nativePartUnusable } from '../core/errors.ts';

/** Where node-pty looks for its native part, in this order. */
const places = ['build/Release', `prebuilds/${process.platform}-${process.arch}`];

/**
 * Tries the native part that the session host opens terminals with, in the extension's folder `root`. On Linux only: there it depends on the
 * C library. @throws HumanError when it cannot be loaded, or there is none for this system
 */
export function checkNativePart(root: string): void {
  if (process.platform !== 'linux') return;
  const files = places
    .map((place) => join(root, 'node_modules', 'node-pty', place, 'pty.node'))
    .filter((file) => existsSync(file));
  if (files.length === 0) throw nativePartUnusable(`there is none for ${process.platform}-${process.arch}`, cLibrary());
  const problems = files.map(problemOf);
  if (problems.every((problem) => problem !== null)) throw nativePartUnusable(problems[0] ?? '', cLibrary());
}

function problemOf(file: string): string | null {
  try {
    process.dlopen({ exports: {} }, file);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The C library of this process in words. */
function cLibrary(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime
    ? `glibc ${header.glibcVersionRuntime}`
    : 'another C library than glibc, such as musl';
}
