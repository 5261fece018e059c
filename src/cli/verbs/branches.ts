import { dropsLine } from '../../core/describe.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sessionBranches } from '../../protocol/protocol.ts';
import { printJson, printLine } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import { printTable } from '../table.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch branches`: what rewinds have left behind, and where the agent is now. */
export const branchesVerb: DeclareVerb = (program) => {
  sessionVerb(program, 'branches', 'list the branches of a session')
    .addHelpText('after', '\nExample: backstitch branches --id fix-1')
    .action((options: SessionOptions) => withSession(options.id, async (connection, session) => {
      const { current, branches } = await connection.sendRequest(sessionBranches, { session: session.uid });
      if (options.json) {
        printJson(branches.map((branch) => ({
          branch: branch.branch, current: branch.branch === current, parent: branch.parent, seam: branch.seam, tip: branch.tip,
          blocks: branch.blocks, own: branch.own, fidelity: branch.fidelity, reason: branch.reason ?? null, checkpoint: branch.tipCheckpoint,
          native: branch.native, created_ts: branch.createdTs,
        })));
        return;
      }
      await printTable([{ head: '' }, { head: 'BRANCH' }, { head: 'FROM' }, { head: 'BLOCKS' }, { head: 'OF ITS OWN', cut: 'end' }], branches.map((branch) => [
        branch.branch === current ? '*' : '', branch.branch, branch.parent === null ? '-' : `${branch.parent} at ${branch.seam}`, String(branch.blocks),
        dropsLine(branch.own),
      ]));
      for (const { branch, reason } of branches) if (reason) printLine(`${branch}: ${reason}`);
      if (branches.length > 1) printLine(`\`backstitch switch --id ${shellWord(session.id)} --branch BRANCH\` goes to another one.`);
    }));
};
