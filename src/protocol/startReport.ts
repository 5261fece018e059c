import { HumanError } from '../core/errors.ts';

const mark = 'backstitch-host: ';

/** The line by which a host that cannot serve says why to the one who started it, on its standard error. */
export const startReport = ({ code, message }: HumanError): string => `${mark}${JSON.stringify({ code, message })}\n`;

/** What a host has said so, among whatever else stands there; null when it has said nothing. */
export const parseStartReport = (text: string): HumanError | null => {
  const line = text.split('\n').find((one) => one.startsWith(mark));
  if (line === undefined) return null;
  try {
    const { code, message } = JSON.parse(line.slice(mark.length)) as Record<string, unknown>;
    return typeof code === 'string' && typeof message === 'string' ? new HumanError(code, message) : null;
  } catch {
    // Cut short: as good as nothing.
    return null;
  }
};
