import { ResponseError } from 'vscode-jsonrpc';
import { HumanError } from '../core/errors.ts';
import { humanErrorCode } from './protocol.ts';

/** What a handler threw, as the other side shall see it. A bug's message crosses too, its stack does not. */
export function responseErrorOf(error: unknown): ResponseError<{ code: string; exitCode: number }> {
  if (error instanceof HumanError)
    return new ResponseError(humanErrorCode, error.message, { code: error.code, exitCode: error.exitCode });
  const message = error instanceof Error ? error.message : String(error);
  return new ResponseError(-32_603, `Backstitch made a mistake: ${message}`, { code: 'bug', exitCode: 1 });
}

/** The HumanError inside a rejected request; a broken connection becomes one too. */
export function humanErrorOf(error: unknown): HumanError {
  if (error instanceof HumanError) return error;
  if (error instanceof ResponseError) {
    const data = error.data as { code?: unknown; exitCode?: unknown } | undefined;
    return new HumanError(
      typeof data?.code === 'string' ? data.code : 'failed',
      error.message,
      typeof data?.exitCode === 'number' ? data.exitCode : 1,
    );
  }
  return new HumanError('failed', error instanceof Error ? error.message : String(error));
}
