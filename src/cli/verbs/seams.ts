import { dropsLine } from '../../core/describe.ts';
import { shellWord } from '../../core/shellWord.ts';
import { untouchedLines } from '../../core/untouched.ts';
import type { Seam } from '../../core/view.ts';
import { sessionSeams } from '../../protocol/protocol.ts';
import { branchNameOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { printTable, type Column } from '../table.ts';
import type { DeclareVerb } from '../verbs.ts';

const seamJson = ({ seam, turn, after, kind, fidelity, reason, drops, checkpoint, uncovered = [] }: Seam) =>
  ({ seam, turn, after, kind, fidelity, reason, drops, checkpoint, uncovered });

const filesOf = ({ checkpoint, uncovered = [] }: Seam): string =>
  checkpoint === null ? '-' : uncovered.length === 0 ? 'captured' : 'captured in part';

/** Whatever the width, it is seen what each seam stands after. */
const columns: Column[] = [
  { head: 'SEAM' }, { head: 'AFTER' }, { head: 'FIDELITY', leaves: 3 }, { head: 'FILES', leaves: 1 },
  { head: 'LAST KEPT', cut: 'end', least: 18 }, { head: 'FIRST DROPPED', cut: 'end', least: 18, leaves: 2 }, { head: 'WOULD DROP', cut: 'end', least: 30, leaves: 0 },
];

/** What the seams do not cover, for people: neighbours of which the same is to be said are named together. */
const uncoveredLines = (seams: readonly Seam[]): string[] => {
  const runs: { first: string; last: string; lines: string[] }[] = [];
  for (const { seam, uncovered = [] } of seams) {
    const lines = untouchedLines({ untouched: uncovered.map((one) => ({ ...one, because: 'not-covered' })) });
    const before = runs.at(-1);
    if (before && before.lines.join('\n') === lines.join('\n')) before.last = seam;
    else runs.push({ first: seam, last: seam, lines });
  }
  return runs.flatMap(({ first, last, lines }) => lines.map((line) => `${first === last ? first : `${first} to ${last}`}: ${line}`));
};

/** `backstitch seams`: where a session can be rewound to. */
export const seamsVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'seams', 'list the places a session can be rewound to, oldest first')
    .option('--branch <branch>', 'of this branch; default: the current one', branchNameOf)
    .addHelpText('after', '\nExample: backstitch seams --id fix-1 --json | jq -r ".[-1].seam"')
    .action((options: SessionOptions & { branch?: string }) => withSession(options.id, async (connection, session) => {
      const seams = await connection.sendRequest(sessionSeams, { session: session.uid, words: true, ...(options.branch && { branch: options.branch }) });
      if (options.json) {
        printJson(seams.map(seamJson));
        return;
      }
      if (seams.length === 0) {
        printLine(`${session.id} has no seam yet: nothing would be dropped by a rewind.`);
        return;
      }
      await printTable(columns, seams.map((seam) => [
        seam.seam, seam.kind, seam.fidelity, filesOf(seam), seam.words?.after ?? '', seam.words?.before ?? '', dropsLine(seam.drops),
      ]));
      for (const seam of seams) if (seam.fidelity !== 'exact') printLine(`${seam.seam}: ${seam.reason}`);
      for (const line of uncoveredLines(seams)) printLine(line);
      if (options.branch === undefined) printLine(`\`backstitch rewind --id ${shellWord(session.id)} --to SEAM\` goes back to one; with --dry-run it only says what would happen.`);
    }));
};
