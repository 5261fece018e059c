import { HumanError } from '../core/errors.ts';
import { nearestOf } from './nearest.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * The text that is meant: by its whole name, else by how that begins, else by a part of it. `what` says what it is:
 * `recipe`. @throws HumanError when no text or several are meant
 */
export const namedText = (texts: Texts, wanted: string, what: string): [name: string, text: string] => {
  const key = wanted.toLowerCase();
  const all = Object.entries(texts);
  const ways: ((name: string) => boolean)[] = [
    (name) => name === key, (name) => name.startsWith(key), (name) => name.includes(key),
  ];
  for (const fits of ways) {
    const found = all.filter(([name]) => fits(name));
    const named = found.map(([name]) => name).join(' or ');
    if (found.length > 1) throw new HumanError(`ambiguous-${what}`, `“${wanted}” may be ${named}.`, 2);
    if (found[0]) return found[0];
  }
  const names = all.map(([name]) => name);
  const parts = new Map(names.flatMap((name) => [name, ...name.split(/[_-]/)].map((part) => [part, name])));
  const near = parts.get(nearestOf(key, [...parts.keys()]) ?? '');
  const next = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
  throw new HumanError(`no-such-${what}`, `There is no ${what} “${wanted}”. ${next}`, 2);
};
