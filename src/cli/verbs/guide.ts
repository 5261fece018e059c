import { printJson } from '../print.ts';
import { guideText } from '../texts/all.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch guide`: how sessions are driven from a shell, from the first to the last command. */
export const guideVerb: DeclareVerb = (program) => {
  program.command('guide').description('print the guide to sessions in a shell (Markdown)')
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', '\nExample: backstitch guide | less')
    .action(({ json }: { json?: boolean }) => {
      if (json) printJson({ text: guideText });
      else process.stdout.write(guideText);
    });
};
