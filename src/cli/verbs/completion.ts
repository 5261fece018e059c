import { Argument } from 'commander';
import { scripts, shells, type Shell } from '../completing/scripts.ts';
import { printJson } from '../print.ts';
import type { DeclareVerb } from '../verbs.ts';

/** `backstitch completion`: a script for the shell that completes verbs, options and what they may be. */
export const completionVerb: DeclareVerb = (program) => {
  program.command('completion').description('print a completion script for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .option('--json', 'print JSON for scripts')
    .addHelpText('after', '\nExamples:\n  source <(backstitch completion bash)\n  backstitch completion zsh > ~/.zfunc/_backstitch\n  backstitch completion fish > ~/.config/fish/completions/backstitch.fish\nFor zsh, ~/.zfunc must be in fpath before compinit runs.')
    .action((shell: Shell, options: { json?: boolean }) => {
      if (options.json) printJson({ shell, script: scripts[shell] });
      else process.stdout.write(scripts[shell]);
    });
};
