import type { Command } from 'commander';
import { HumanError } from '../../core/errors.ts';
import { printJson } from '../print.ts';
import { printTable } from '../table.ts';
import { recipes } from '../texts/all.ts';
import type { DeclareVerb } from '../verbs.ts';

const titleOf = (text: string): string => /^# (.+)$/m.exec(text)?.[1] ?? '';

/** By its whole name, else by how that begins, else by a part of it. @throws HumanError when none or several are meant */
const recipeNamed = (wanted: string): [string, string] => {
  const key = wanted.toLowerCase();
  const all = Object.entries(recipes);
  for (const fits of [(name: string) => name === key, (name: string) => name.startsWith(key), (name: string) => name.includes(key)]) {
    const found = all.filter(([name]) => fits(name));
    if (found.length > 1) throw new HumanError('ambiguous-recipe', `“${wanted}” may be ${found.map(([name]) => name).join(' or ')}.`, 2);
    if (found[0]) return found[0];
  }
  throw new HumanError('no-such-recipe', `There is no recipe “${wanted}”. There are ${all.map(([name]) => name).join(', ')}.`, 2);
};

const list = async (json: boolean | undefined): Promise<void> => {
  const all = Object.entries(recipes).map(([name, text]) => ({ name, title: titleOf(text) }));
  if (json) printJson(all);
  else await printTable([{ head: 'RECIPE' }, { head: 'WHAT', cut: 'end' }], all.map(({ name, title }) => [name, title]));
};

/** `backstitch recipes`: ways to put sessions together, as texts for people and agents. */
export const recipesVerb: DeclareVerb = (program) => {
  const verb = program.command('recipes').description('list or show recipes: ways to put sessions together')
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', '\nExample: backstitch recipes show chain')
    .action((options: { json?: boolean }) => list(options.json));
  verb.command('list').description('what there is').addHelpText('after', '\nExample: backstitch recipes list').action((_, command: Command) => list(command.optsWithGlobals<{ json?: boolean }>().json));
  verb.command('show').description('print one (Markdown)').argument('<recipe>', 'its name, the beginning of it, or a part of it')
    .addHelpText('after', '\nExample: backstitch recipes show 01')
    .action((wanted: string, _, command: Command) => {
      const [name, text] = recipeNamed(wanted);
      if (command.optsWithGlobals<{ json?: boolean }>().json) printJson({ name, title: titleOf(text), text });
      else process.stdout.write(text);
    });
};
