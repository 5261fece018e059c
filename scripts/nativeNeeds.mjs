// Which versions of the system's libraries a native part for Linux needs, read from the file itself: no tool has to be there.
import { readFileSync } from 'node:fs';

/** What VS Code 1.100 itself needs on Linux: a native part that needs more does not load where VS Code runs. */
const most = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' };
const versionNeeds = 0x6ffffffe;

/** @returns {string[]} names such as `GLIBC_2.28`, sorted; @throws Error when the file is no 64-bit little-endian ELF file */
export function nativeNeeds(file) {
  const bytes = readFileSync(file);
  if (bytes.length < 64 || bytes.toString('latin1', 0, 4) !== '\x7fELF' || bytes[4] !== 2 || bytes[5] !== 1)
    throw new Error(`${file} is no native part for 64-bit Linux.`);
  const section = (index) => {
    const at = Number(bytes.readBigUInt64LE(0x28)) + index * bytes.readUInt16LE(0x3a);
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 0x18)),
      link: bytes.readUInt32LE(at + 0x28),
      count: bytes.readUInt32LE(at + 0x2c),
    };
  };
  const sections = Array.from({ length: bytes.readUInt16LE(0x3c) }, (_, index) => section(index));
  const found = sections
    .filter(({ type }) => type === versionNeeds)
    .flatMap((needs) => namesIn(bytes, needs, sections[needs.link].offset));
  return [...new Set(found)].sort();
}

/** The chains of a section of version needs: for each library those of its versions that are needed. */
function namesIn(bytes, { offset, count }, strings) {
  const names = [];
  for (let library = offset, n = 0; n < count; library += bytes.readUInt32LE(library + 12), n++) {
    for (
      let version = library + bytes.readUInt32LE(library + 8), left = bytes.readUInt16LE(library + 2);
      left > 0;
      version += bytes.readUInt32LE(version + 12), left--
    ) {
      const at = strings + bytes.readUInt32LE(version + 8);
      names.push(bytes.toString('latin1', at, bytes.indexOf(0, at)));
    }
  }
  return names;
}

/** Why a native part would not load on some Linux on which VS Code runs, in a sentence; null when it does on all. */
export function nativeProblem(file) {
  const needs = nativeNeeds(file);
  if (!needs.some((name) => name.startsWith('GLIBC_'))) return `${file} is not made for the GNU C library.`;
  const tooNew = needs.filter((name) => isMore(name));
  return tooNew.length === 0
    ? null
    : `${file} needs ${tooNew.join(', ')}, but VS Code runs on systems that have no more than ${Object.entries(most)
        .map(([name, version]) => `${name}_${version}`)
        .join(', ')}.`;
}

function isMore(name) {
  const [, library, version] = /^([A-Z]+)_([\d.]+)$/.exec(name) ?? [];
  const [has, may] = [version, most[library]].map((one) => one?.split('.').map(Number));
  if (!has || !may) return false;
  const at = has.findIndex((number, index) => number !== (may[index] ?? 0));
  return at >= 0 && has[at] > (may[at] ?? 0);
}
