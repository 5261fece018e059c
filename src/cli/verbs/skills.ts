import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { repositoryOf } from '../../client/repository.ts';
import { installSkill, namedPlace, ownPlace, uninstallSkill, type SkillFile, type SkillPlace } from '../../client/skillFiles.ts';
import type { SkillFolder } from '../../core/adapter.ts';
import { agentsSkillFolders } from '../../protocol/protocol.ts';
import { withHost } from '../connection.ts';
import { usageError } from '../failure.ts';
import { namedText } from '../namedText.ts';
import { wordingOf } from '../options.ts';
import { printJson, printLine } from '../print.ts';
import { printTable } from '../table.ts';
import { skills } from '../texts/all.ts';
import type { DeclareVerb } from '../verbs.ts';

interface SkillsOptions {
  repo?: boolean;
  user?: boolean;
  agent?: string[];
  folder?: string;
  json?: boolean;
}

/** The agents that were named; else those whose folder is there; else the most used one. */
const chosen = (all: SkillFolder[], named: string[] | undefined, folderOf: (of: SkillFolder) => string): SkillFolder[] => {
  if (named) {
    return named.map((name) => {
      const found = all.find(({ agent }) => agent === name);
      if (!found) throw usageError(`No folder for skills of “${name}” is known. Known: ${all.map(({ agent }) => agent).join(', ')}. Any other one can be given by --folder.`);
      return found;
    });
  }
  const there = all.filter((of) => existsSync(folderOf(of)));
  return there.length > 0 ? there : all.slice(0, 1);
};

const placesOf = async (options: SkillsOptions): Promise<SkillPlace[]> => {
  if (options.folder !== undefined) return [namedPlace(resolve(options.folder))];
  const all = await withHost((connection) => connection.sendRequest(agentsSkillFolders, {}));
  const base = options.repo ? await repositoryOf(process.cwd()) : (process.env['HOME'] ?? homedir());
  const folderOf = ({ folder, variable }: SkillFolder): string => (options.repo ? undefined : process.env[variable]) || join(base, folder);
  const folders = chosen(all, options.agent, folderOf).map((of) => join(folderOf(of), 'skills'));
  return folders.map((folder) => (options.repo ? { root: base, folder } : ownPlace(folder)));
};

const words: Record<SkillFile['is'], string> = {
  written: 'Written', same: 'Up to date', removed: 'Removed', absent: 'Not there', left: 'Left alone, since it is not ours, was changed since, or is reached through a link',
};

const report = (files: SkillFile[], json: boolean | undefined): void => {
  const isWhole = files.every(({ is }) => is !== 'left');
  if (json) printJson({ ok: isWhole, files });
  else for (const { path, is } of files) printLine(`${words[is]}: ${path}`);
  if (!isWhole) process.exitCode = 1;
};

const each = async (command: Command, work: (place: SkillPlace, skill: string, text: string) => Promise<SkillFile>): Promise<void> => {
  const options = command.optsWithGlobals<SkillsOptions>();
  if (options.folder !== undefined && (options.agent || options.repo || options.user)) throw usageError('--folder says it all: leave --agent, --repo and --user away.');
  const files: SkillFile[] = [];
  for (const place of await placesOf(options)) for (const [skill, text] of Object.entries(skills)) files.push(await work(place, skill, text));
  report(files, options.json);
};

/** What the front matter of a skill says that it is for. */
const purposeOf = (text: string): string => /^description: (.+)$/m.exec(text)?.[1] ?? '';

const list = async (json: boolean | undefined): Promise<void> => {
  const all = Object.entries(skills).map(([name, text]) => ({ name, title: purposeOf(text) }));
  if (json) {
    printJson(all);
    return;
  }
  await printTable([{ head: 'SKILL' }, { head: 'WHAT', cut: 'end' }], all.map(({ name, title }) => [name, title]));
  printLine('`backstitch skills install` gives them to your agents, `backstitch skills NAME` prints one.');
};

const show = (wanted: string, json: boolean | undefined): void => {
  const [name, text] = namedText(skills, wanted, 'skill');
  if (json) printJson({ name, title: purposeOf(text), text });
  else process.stdout.write(text);
};

/** `backstitch skills`: teaches the agents of this user, or of this repository, to drive `backstitch`. */
export const skillsVerb: DeclareVerb = (program) => {
  const verb = program.command('skills').description('teach agents to drive backstitch: list, show, install or remove its skills')
    .argument('[skill]', 'the one to print: its name, the beginning of it, or a part of it')
    .addOption(new Option('--user', "in the agents' folders in your home (the default)").conflicts('repo'))
    .option('--repo', "in the agents' folders in this repository")
    .option('--agent <agent...>', 'for these agents (default: those whose folder is there)')
    .option('--folder <folder>', 'in this folder', wordingOf('the path of a folder'))
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', `\nSkills: ${Object.keys(skills).join(', ')}. A file that is not ours, was changed since, or is reached through a link, is never touched.\n\nExample: backstitch skills install --repo`)
    .action((wanted: string | undefined, { json }: SkillsOptions) => (wanted === undefined ? list(json) : show(wanted, json)));
  const isJson = (command: Command): boolean | undefined => command.optsWithGlobals<SkillsOptions>().json;
  verb.command('list').description('what there is').addHelpText('after', '\nExample: backstitch skills list')
    .action((_, command: Command) => list(isJson(command)));
  verb.command('show').description('print one (Markdown)').argument('<skill>', 'its name, the beginning of it, or a part of it')
    .addHelpText('after', '\nExample: backstitch skills show buddy')
    .action((wanted: string, _, command: Command) => show(wanted, isJson(command)));
  verb.command('install').description('write them, or bring them up to date')
    .addHelpText('after', '\nExample: backstitch skills install --user')
    .action((_, command: Command) => each(command, installSkill));
  verb.command('uninstall').description('remove what install wrote')
    .addHelpText('after', '\nExample: backstitch skills uninstall --user')
    .action((_, command: Command) => each(command, uninstallSkill));
};
