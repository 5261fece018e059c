import { Command, CommanderError, Help } from 'commander';
import { exitWith } from './failure.ts';
import { checkVerb, checkWords } from './mistypes.ts';
import { verbs } from './verbs.ts';

/** A reader that has seen enough (`| head`) is no failure; a disk that is full is one. */
const onOutputError = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  process.stderr.write(`backstitch: what was to be printed could not be written: ${error.message}\n`);
  process.exit(1);
};
process.stdout.on('error', onOutputError);
// What was to be said there is lost; what is to be done is not.
process.stderr.on('error', () => undefined);

/** The `backstitch` command: picks the verb's file, lets commander parse, turns a failure into a sentence and an exit code. */
const args = process.argv.slice(2);
// What stands after -- is for the agent.
const ownArgs = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
/** A verb by its name alone, so that there is room for what it does; a part of one with what it takes. */
const subcommandTerm = (command: Command): string => {
  const term = new Help().subcommandTerm(command).replace(' [options]', '');
  return command.parent?.parent ? term : term.replace(/ .*/, '');
};
const program = new Command('backstitch')
  .description('Run coding agents in real terminals, see each as a conversation, and rewind between any two steps.')
  .version(typeof BACKSTITCH_BUILD === 'string' ? BACKSTITCH_BUILD : 'source', '-v, --version')
  .helpCommand(true)
  .configureHelp({ minWidthToWrap: 20, subcommandTerm })
  .showHelpAfterError('(add --help for what is possible)')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'backstitch: ')) })
  .addHelpText('after', '\n`backstitch VERB --help` shows what a verb takes, with an example. `backstitch demo` shows the main job in a minute.');

// A verb's file is read only when it is the one that was asked for, so that every start stays short.
const named = Object.entries(verbs).filter(([verb]) => verb === args[0]);
for (const [, load] of named.length > 0 ? named : Object.entries(verbs)) (await load())(program);

try {
  checkVerb(args, Object.keys(verbs));
  checkWords(program, ownArgs);
  if (args.length === 0) program.outputHelp();
  else await program.parseAsync(args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
  else exitWith(error, ownArgs.includes('--json'));
}
