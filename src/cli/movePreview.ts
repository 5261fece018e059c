import { shownPath } from '../core/plainText.ts';
import { untouchedLines } from '../core/untouched.ts';
import type { MovePreview } from '../protocol/protocol.ts';
import { stateJson } from './json.ts';
import { printLine } from './print.ts';

/** What a rewind and a switch would do alike, as scripts read it. */
export const movePreviewJson = (preview: MovePreview) => {
  const { files, filesReason, untouched = [], unnamed = 0, state, ends, expect } = preview;
  return { files, files_reason: filesReason, untouched, unnamed, ...stateJson(state), ends, expect };
};

const deeds = { added: 'Would bring back', modified: 'Would change back', deleted: 'Would delete' } as const;

/** The same for people, a line each. */
export const printMovePreview = (preview: MovePreview): void => {
  for (const end of preview.ends) printLine(`Would end: ${end}`);
  for (const { path, is, conflict } of preview.files ?? [])
    printLine(`${conflict ? 'Would leave alone, because it was changed since by somebody else' : deeds[is]}: ${shownPath(path)}`);
  if (preview.files === null) printLine(preview.filesReason ?? 'Files were not captured there.');
  for (const line of untouchedLines(preview)) printLine(line);
};
