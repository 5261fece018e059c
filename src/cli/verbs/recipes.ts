import type { Command } from 'commander';
import { namedText } from '../namedText.ts';
import { printJson, printLine } from '../print.ts';
import { printTable } from '../table.ts';
import { recipes } from '../texts/all.ts';
import type { DeclareVerb } from '../verbs.ts';

const titleOf = (text: string): string => /^# (.+)$/m.exec(text)?.[1] ?? '';

const list = async (json: boolean | undefined): Promise<void> => {
  const all = Object.entries(recipes).map(([name, text]) => ({ name, title: titleOf(text) }));
  if (json) {
    printJson(all);
    return;
  }
  await printTable([{ head: 'RECIPE' }, { head: 'WHAT', cut: 'end' }], all.map(({ name, title }) => [name, title]));
  printLine('`backstitch recipes NAME` prints one.');
};

const show = (wanted: string, json: boolean | undefined): void => {
  const [name, text] = namedText(recipes, wanted, 'recipe');
  if (json) printJson({ name, title: titleOf(text), text });
  else process.stdout.write(text);
};

/** `backstitch recipes`: ways to put sessions together, as texts for people and agents. */
export const recipesVerb: DeclareVerb = (program) => {
  const verb = program.command('recipes').description('list or show recipes: ways to put sessions together')
    .argument('[recipe]', 'the one to print: its name, the beginning of it, or a part of it')
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', '\nExamples:\n  backstitch recipes\n  backstitch recipes chain')
    .action((wanted: string | undefined, { json }: { json?: boolean }) => (wanted === undefined ? list(json) : show(wanted, json)));
  const isJson = (command: Command): boolean | undefined => command.optsWithGlobals<{ json?: boolean }>().json;
  verb.command('list').description('what there is').addHelpText('after', '\nExample: backstitch recipes list')
    .action((_, command: Command) => list(isJson(command)));
  verb.command('show').description('print one (Markdown)').argument('<recipe>', 'its name, the beginning of it, or a part of it')
    .addHelpText('after', '\nExample: backstitch recipes show 01')
    .action((wanted: string, _, command: Command) => show(wanted, isJson(command)));
};
