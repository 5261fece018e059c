import { Option } from 'commander';
import type { SessionSettings } from '../../core/events.ts';
import type { SessionSummary } from '../../core/view.ts';
import { sessionConfigure } from '../../protocol/protocol.ts';
import { sessionNotRunning } from '../../core/errors.ts';
import { usageError } from '../failure.ts';
import { stallJson } from '../json.ts';
import { printJson, printLine, shortTime } from '../print.ts';
import { sessionVerb, withSession, type SessionOptions } from '../session.ts';
import type { DeclareVerb } from '../verbs.ts';
import { offSettings, settingsOf, watchOptions, watchTakenBack, type WatchOptions } from '../watchOptions.ts';
import { followWatch } from '../watchSteps.ts';

interface WatchVerbOptions extends SessionOptions, WatchOptions {
  on?: boolean;
  off?: boolean;
  follow?: boolean;
}

const stallSentences = ({ stall_after_s: silence, max_resumes: nudges, nudge }: SessionSettings): string[] => (silence === null ? ['Silence is never a stall: nothing is told, and nothing is typed.'] : [
  `A working agent that is silent for ${shortTime(silence)} is stalled.`,
  nudges === 0 ? 'Nothing is typed then: you are told.' : `It is then told “${nudge}”, ${nudges} time${nudges === 1 ? '' : 's'} at most, before you are called.`,
]);

/** The settings as sentences for people. */
const sentences = (settings: SessionSettings): string[] => [
  ...stallSentences(settings),
  settings.limit_window_s === null ? 'After a usage limit it waits for you.' : `After a usage limit of at most ${shortTime(settings.limit_window_s)} it goes on by itself, ${settings.limit_resumes} time${settings.limit_resumes === 1 ? '' : 's'} at most.`,
  ...(settings.inbox_ttl_s === null ? [] : [`A prompt that has waited for ${shortTime(settings.inbox_ttl_s)} is dropped.`]),
  ...(settings.auto_stop ? ['The session ends when its turn is over and nothing waits.'] : []),
  ...(settings.watch_file === null ? [] : [`It is told of changes of ${settings.watch_file}.`]),
  ...(settings.summary_out === null ? [] : [`Its end adds a row to ${settings.summary_out}.`]),
];

const show = (session: SessionSummary, json: boolean | undefined): void => {
  if (json) printJson({ ok: true, id: session.id, uid: session.uid, watch: session.settings, stall: stallJson(session.stall) });
  else for (const sentence of sentences(session.settings)) printLine(sentence);
};

/** `backstitch watch`: how a session is kept going while its user is away; shown, changed, followed. */
export const watchVerb: DeclareVerb = (program) => {
  const verb = sessionVerb(program, 'watch', 'show or change how a session is kept going while you are away, or follow it')
    .addOption(new Option('--on', 'nudge a stalled agent (after 8m, once), then call you').conflicts('off'))
    .option('--off', 'tell no stall and no change of a file, and type nothing');
  watchTakenBack(watchOptions(verb))
    .option('-f, --follow', "print a line for each step until it ends (exit code: the agent's own) or needs you (2)")
    .addHelpText('after', '\nExamples:\n  backstitch watch --id fix-1 --preset plan\n  backstitch watch --id fix-1 --no-watch-file\n  backstitch watch --id fix-1 --follow')
    .action((options: WatchVerbOptions) => withSession(options.id, async (connection, session) => {
      if (options.off && options.preset) throw usageError('--off and --preset exclude each other.');
      const settings = { ...(options.off && offSettings()), ...settingsOf(options, options.on === true) };
      const isChange = Object.keys(settings).length > 0;
      const now = isChange ? await connection.sendRequest(sessionConfigure, { session: session.uid, settings, from: 'cli' }) : session;
      if (!options.follow) {
        show(now, options.json);
        return;
      }
      if (!now.alive) throw sessionNotRunning(now.id);
      process.exitCode = await followWatch(connection, now, options.json === true);
    }));
};
