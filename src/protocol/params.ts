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

export const paramsOf = {
  hello: v.object({ protocol: v.number(), build: v.string(), client: v.string(), token: v.exactOptional(v.string()) }),
  restrict: v.object(session),
  'agents/list': v.object({ env }),
  'session/start': v.object({
    agent: name, cwd: name, id: v.exactOptional(name), description: v.exactOptional(v.string()),
    meta: v.exactOptional(v.record(v.string(), v.unknown())), args: v.array(v.string()), env, cols: size, rows: size,
  }),
  'session/list': v.object({ cwd: v.exactOptional(name), all: yesNo }),
  'session/status': v.object(session),
  'session/open': v.object({ ...session, blocks: size }),
  'session/close': v.object(session),
  'session/page': v.object({ ...session, lane: name, branch: name, before: v.exactOptional(name), count: size }),
  'session/send': v.object({ ...session, text, from, expect, force: yesNo }),
  'session/waitIdle': v.object({ ...session, send: v.exactOptional(name) }),
  'session/interrupt': v.object(session),
  'session/stop': v.object({ ...session, timeoutMs: v.exactOptional(size) }),
  'session/resume': v.object({ ...session, env, cols: size, rows: size }),
  'session/rename': v.object({ ...session, id: name }),
  'session/remove': v.object(session),
  'session/seams': v.object({ ...session, branch: v.exactOptional(name) }),
  'session/branches': v.object(session),
  'session/preview': v.object({ ...session, seam: name }),
  'session/rewind': v.object({ ...session, seam: name, files: v.boolean(), overwrite: paths, interrupt: yesNo, expect }),
  'session/switch': v.object({ ...session, branch: name, files: v.boolean(), overwrite: paths, interrupt: yesNo, expect }),
  'session/fork': v.object({ ...session, seam: name, id: v.exactOptional(name), description: v.exactOptional(v.string()), env, cols: size, rows: size }),
  'session/answer': v.object({ ...session, request: name, option: v.picklist(['allow', 'allow_always', 'deny']), message: v.exactOptional(text), from }),
  'session/fileAt': v.object({ ...session, block: name, path: name }),
  'session/block': v.object({ ...session, block: name }),
  'terminal/attach': v.object({ ...session, cols: size, rows: size }),
  'terminal/text': v.object({ ...session, lines: v.exactOptional(size) }),
  'terminal/detach': v.object(session),
  'terminal/ack': v.object({ ...session, offset: size }),
  'terminal/input': v.object({ ...session, data: text }),
  'terminal/resize': v.object({ ...session, cols: size, rows: size }),
  'host/status': v.object({}),
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
