import * as v from 'valibot';
import { HumanError } from '../core/errors.ts';

/** Shapes of what a client may send. Everything inbound is `unknown` until it went through here. */
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const text = v.pipe(v.string(), v.maxLength(32 * 1024 * 1024));
const size = v.pipe(v.number(), v.finite());
const env = v.record(v.string(), v.string());
const expect = v.exactOptional(v.object({ branch: name, tip: v.nullable(name) }));
const paths = v.exactOptional(v.array(v.string()));
const from = v.picklist(['panel', 'cli']);
const session = { session: name };
const yesNo = v.exactOptional(v.boolean());
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
const seconds = v.pipe(v.number(), v.gtValue(0), v.maxValue(2_000_000));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(10_000));
const settings = v.object({
  stall_after_s: v.exactOptional(v.nullable(seconds)), max_resumes: v.exactOptional(count), nudge: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(100_000))),
  limit_window_s: v.exactOptional(v.nullable(seconds)), limit_resumes: v.exactOptional(count), inbox_ttl_s: v.exactOptional(v.nullable(seconds)), auto_stop: yesNo,
  summary_out: v.exactOptional(v.nullable(path)), watch_file: v.exactOptional(v.nullable(path)),
});
const agentSettings = v.object({ model: v.exactOptional(name), effort: v.exactOptional(name), permissionMode: v.exactOptional(name) });
const was = v.exactOptional(text);
const editor = v.exactOptional(name);
const queueChange = v.variant('is', [
  v.object({ is: v.literal('hold'), send: name, editor: name, was }),
  v.object({ is: v.literal('release'), send: name, editor: name }),
  v.object({ is: v.literal('edit'), send: name, text, was, editor }),
  v.object({ is: v.literal('move'), send: name, to: count, behind: v.exactOptional(v.nullable(name)) }),
  v.object({ is: v.literal('drop'), sends: v.union([v.literal('all'), v.array(name)]), was: v.exactOptional(v.array(text)) }),
  v.object({ is: v.picklist(['pause', 'continue']) }),
  v.object({ is: v.literal('now'), send: name, was, editor }),
]);
const shown = v.exactOptional(v.object({ branch: name, turn: v.nullable(name), seq: v.pipe(v.number(), v.integer(), v.minValue(0)) }));

export const paramsOf = {
  hello: v.object({ protocol: v.number(), build: v.string(), client: v.string(), token: v.exactOptional(v.string()) }),
  restrict: v.object(session),
  'agents/list': v.object({ env }),
  'agents/skillFolders': v.object({}),
  'session/start': v.object({
    agent: name, cwd: name, id: v.exactOptional(name), description: v.exactOptional(v.string()),
    meta: v.exactOptional(v.record(v.string(), v.unknown())), tmuxSession: v.exactOptional(name), args: v.array(v.string()), env, cols: size, rows: size,
    agentSettings: v.exactOptional(agentSettings), settings: v.exactOptional(settings), from: v.exactOptional(from), context: v.exactOptional(text), sessionLine: yesNo,
  }),
  'session/list': v.object({ cwd: v.exactOptional(name), agent: v.exactOptional(name), all: yesNo }),
  'session/status': v.object({ ...session, cwd: v.exactOptional(name), agent: v.exactOptional(name) }),
  'session/open': v.object({ ...session, blocks: size, paced: yesNo }),
  'session/taken': v.object({ ...session, batch: size, missed: v.exactOptional(v.array(v.string())) }),
  'session/close': v.object(session),
  'session/page': v.object({ ...session, lane: name, branch: name, before: v.exactOptional(name), count: size }),
  'session/send': v.object({
    ...session, text, from, key: v.exactOptional(name), branch: v.exactOptional(name), expect,
    force: yesNo, submit: v.exactOptional(v.union([v.boolean(), v.literal('enter')])),
  }),
  'session/sendFate': v.object({ ...session, send: name }),
  'session/queue': v.object(session),
  'session/changeQueue': v.object({ ...session, change: queueChange, from }),
  'session/nudge': v.object({ ...session, shown }),
  'session/configure': v.object({ ...session, settings, from }),
  'session/waitIdle': v.object({ ...session, send: v.exactOptional(name) }),
  'session/waitEnd': v.object(session),
  'session/interrupt': v.object({ ...session, shown }),
  'session/stop': v.object({ ...session, timeoutMs: v.exactOptional(size), shown }),
  'session/resume': v.object({ ...session, env, cols: size, rows: size }),
  'session/resumable': v.object({ ...session, env }),
  'session/rename': v.object({ ...session, id: name, was: v.exactOptional(name) }),
  'session/remove': v.object(session),
  'session/seams': v.object({ ...session, branch: v.exactOptional(name), words: yesNo, seams: v.exactOptional(v.array(name)) }),
  'session/branches': v.object(session),
  'session/preview': v.object({ ...session, seam: name, files: yesNo }),
  'session/previewSwitch': v.object({ ...session, branch: name, files: yesNo }),
  'session/rewind': v.object({ ...session, seam: name, files: v.boolean(), overwrite: paths, interrupt: yesNo, expect }),
  'session/switch': v.object({ ...session, branch: name, files: v.boolean(), overwrite: paths, interrupt: yesNo, expect }),
  'session/fork': v.object({ ...session, seam: name, id: v.exactOptional(name), description: v.exactOptional(v.string()), env, cols: size, rows: size }),
  'session/answer': v.object({ ...session, request: name, option: v.picklist(['allow', 'allow_always', 'deny']), message: v.exactOptional(text), from }),
  'session/fileAt': v.object({ ...session, block: name, path: name }),
  'session/compareFile': v.object({ ...session, checkpoint: name, path }),
  'session/block': v.object({ ...session, block: name }),
  'terminal/attach': v.object({ ...session, cols: size, rows: size }),
  'terminal/text': v.object({ ...session, lines: v.exactOptional(size) }),
  'terminal/detach': v.object(session),
  'terminal/ack': v.object({ ...session, offset: size }),
  'terminal/input': v.object({ ...session, data: text }),
  'terminal/resize': v.object({ ...session, cols: size, rows: size }),
  'host/status': v.object({}),
  'host/tryTerminal': v.object({}),
  'host/shutdown': v.object({ force: v.boolean() }),
} as const;

export type Method = keyof typeof paramsOf;
export type ParamsOf<M extends Method> = v.InferOutput<(typeof paramsOf)[M]>;

/** @throws HumanError that names the field which is wrong. */
export function parseParams<M extends Method>(method: M, params: unknown): ParamsOf<M> {
  const result = v.safeParse(paramsOf[method], params);
  if (result.success) return result.output as ParamsOf<M>;
  const issue = result.issues[0];
  throw new HumanError('bad-params', `${method} was called with bad parameters: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`, 2);
}
