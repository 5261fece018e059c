import { Argument, Command } from 'commander';
import { sessionList } from '../../protocol/protocol.ts';
import { withHost } from '../connection.ts';
import { printLine } from '../print.ts';
import { verbs, type DeclareVerb } from '../verbs.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

interface VerbWords {
  verb: string;
  about: string;
  /** What may follow it besides options: its parts (`queue move`), or the words that an argument may be. */
  parts: string[];
  options: { flag: string; about: string }[];
}

const optionsOf = (command: Command): VerbWords['options'] =>
  [command, ...command.commands].flatMap(({ options }) => options.flatMap(({ long, description }) => (long ? [{ flag: long, about: description }] : [])))
    .filter(({ flag }, at, all) => all.findIndex((other) => other.flag === flag) === at);

const partsOf = (command: Command): string[] => [
  ...command.commands.flatMap((part) => [part.name(), ...part.aliases()]),
  ...command.registeredArguments.slice(0, 1).flatMap(({ argChoices }) => argChoices ?? []),
];

/** The verbs and their options, read off the declarations themselves: nothing to keep in step. */
async function wordsOfAll(): Promise<VerbWords[]> {
  const program = new Command('backstitch');
  for (const load of Object.values(verbs)) (await load())(program);
  return program.commands.map((command) => ({
    verb: command.name(),
    about: command.description().replaceAll(/\s+/g, ' '),
    parts: partsOf(command),
    options: optionsOf(command),
  }));
}

/** What the scripts call for `--id`: the labels of all sessions, one a line. */
const labels = 'backstitch completion ids 2>/dev/null';

const printLabels = (): Promise<void> => withHost(async (connection) => {
  for (const { id } of await connection.sendRequest(sessionList, { all: true })) printLine(id);
});

/** All that may stand after a verb. */
const after = ({ parts, options }: VerbWords): string => [...parts, ...options.map(({ flag }) => flag)].join(' ');

const bash = (all: VerbWords[]): string => `_backstitch() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${all.map(({ verb }) => verb).join(' ')}" -- "$word")); return; fi
  if [ "$before" = --id ]; then COMPREPLY=($(compgen -W "$(${labels})" -- "$word")); return; fi
  case \${COMP_WORDS[1]} in
${all.map((words) => `    ${words.verb}) COMPREPLY=($(compgen -W "${after(words)}" -- "$word")) ;;`).join('\n')}
  esac
}
complete -o default -F _backstitch backstitch
`;

const quoted = (text: string): string => text.replaceAll("'", '’');

const zsh = (all: VerbWords[]): string => `#compdef backstitch
_backstitch() {
  if (( CURRENT == 2 )); then
    local -a verbs=(${all.map(({ verb, about }) => `'${verb}:${quoted(about).replaceAll(':', ' ')}'`).join(' ')})
    _describe verb verbs
    return
  fi
  if [[ $words[CURRENT-1] == --id ]]; then compadd -- \${(f)"$(${labels})"}; return; fi
  case $words[2] in
${all.map((words) => `    ${words.verb}) compadd -- ${after(words)} ;;`).join('\n')}
  esac
}
compdef _backstitch backstitch
`;

const fish = (all: VerbWords[]): string => [
  'complete -c backstitch -f',
  ...all.map(({ verb, about }) => `complete -c backstitch -n __fish_use_subcommand -a ${verb} -d '${quoted(about)}'`),
  ...all.flatMap(({ verb, parts }) => parts.map((part) => `complete -c backstitch -n '__fish_seen_subcommand_from ${verb}' -a ${part}`)),
  ...all.flatMap(({ verb, options }) => options.map(({ flag, about }) =>
    `complete -c backstitch -n '__fish_seen_subcommand_from ${verb}' -l ${flag.slice(2)} -d '${quoted(about)}'${flag === '--id' ? ` -x -a '(${labels})'` : ''}`)),
  '',
].join('\n');

const scripts: Record<Shell, (all: VerbWords[]) => string> = { bash, zsh, fish };

/** `backstitch completion`: a script for the shell that completes verbs, options and session labels. */
export const completionVerb: DeclareVerb = (program) => {
  program.command('completion').description('print a completion script for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'which shell; `ids` prints the sessions that the scripts offer').choices([...shells, 'ids']))
    .addHelpText('after', '\nExamples:\n  source <(backstitch completion bash)\n  backstitch completion zsh > ~/.zfunc/_backstitch\n  backstitch completion fish > ~/.config/fish/completions/backstitch.fish')
    .action(async (shell: Shell | 'ids') => {
      if (shell === 'ids') await printLabels();
      else process.stdout.write(scripts[shell](await wordsOfAll()));
    });
};
