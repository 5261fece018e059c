import { dropsLine } from '../../core/describe.ts';
import { sessionSeams } from '../../protocol/protocol.ts';
import { branchNameOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { printTable } from '../table.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch seams`: where a session can be rewound to. */
export const seamsVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'seams', 'list the places a session can be rewound to, oldest first')
    .option('--branch <branch>', 'of this branch; default: the current one', branchNameOf)
    .addHelpText('after', '\nExample: backstitch seams --id fix-1 --json | jq -r ".[-1].seam"')
    .action((options: SessionOptions & { branch?: string }) => withSession(options.id, async (connection, session) => {
      const seams = await connection.sendRequest(sessionSeams, { session: session.uid, ...(options.branch && { branch: options.branch }) });
      if (options.json) {
        printJson(seams.map(({ seam, turn, after, kind, fidelity, reason, drops, checkpoint }) => ({ seam, turn, after, kind, fidelity, reason, drops, checkpoint })));
        return;
      }
      if (seams.length === 0) {
        printLine(`${session.id} has no seam yet: nothing would be dropped by a rewind.`);
        return;
      }
      await printTable([{ head: 'SEAM' }, { head: 'AFTER' }, { head: 'FIDELITY' }, { head: 'FILES' }, { head: 'WOULD DROP', cut: 'end' }], seams.map((seam) => [
        seam.seam, seam.kind, seam.fidelity, seam.checkpoint ? 'captured' : '-',
        dropsLine(seam.drops),
      ]));
      for (const seam of seams) if (seam.fidelity !== 'exact') printLine(`${seam.seam}: ${seam.reason}`);
    }));
};
