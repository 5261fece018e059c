import type { FileEdit } from './events.ts';
import type { PermissionRequest } from './view.ts';

/** What a permission request is about, each thing once. */
export interface RequestMatter {
  /** The command that would be run, whole and as it is; null where none would. */
  command: string | null;
  /** What the agent itself calls it; empty where it says nothing. */
  description: string;
  /** The file that it is about; null where it names none. */
  path: string | null;
  /** What would be replaced in that file, and by what. */
  edits: readonly FileEdit[];
  /** What the file would hold; null where that is not told. */
  contents: string | null;
  /** Every other argument. */
  others: readonly { name: string; value: string }[];
  /** What the agent's title says besides all that; empty where it says no more. */
  title: string;
}

type Fields = Record<string, unknown>;

const commandNames = ['command', 'cmd'] as const;
const pathNames = ['file_path', 'notebook_path', 'filePath', 'path'] as const;
const contentNames = ['content', 'contents', 'new_source'] as const;

/** A value of any kind as text; never throws. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Takes the arguments out of an input, so that each is shown once. */
class Arguments {
  readonly #left: Map<string, unknown>;

  constructor(input: unknown) {
    this.#left = new Map(
      isFields(input) ? Object.entries(input) : input === undefined || input === null ? [] : [['input', input]],
    );
  }

  /** The first of these names that holds a text. */
  text(names: readonly string[]): string | null {
    for (const name of names) {
      const value = this.#left.get(name);
      if (typeof value !== 'string') continue;
      this.#left.delete(name);
      return value;
    }
    return null;
  }

  /** The replacements in a file: one pair of texts, or a list of such pairs. */
  edits(path: string): FileEdit[] {
    const one = editOf(Object.fromEntries(this.#left), path);
    if (one !== null) {
      this.#left.delete('old_string');
      this.#left.delete('new_string');
      return [one];
    }
    const list = this.#left.get('edits');
    const found = Array.isArray(list) ? list.map((item) => (isFields(item) ? editOf(item, path) : null)) : [];
    if (found.length === 0 || found.some((edit) => edit === null)) return [];
    this.#left.delete('edits');
    return found.filter((edit) => edit !== null);
  }

  /** All that was not taken. */
  rest(): { name: string; value: string }[] {
    return [...this.#left].map(([name, value]) => ({ name, value: valueText(value) }));
  }
}

const editOf = ({ old_string: before, new_string: after }: Fields, path: string): FileEdit | null =>
  typeof before === 'string' && typeof after === 'string' ? { path, before, after } : null;

/** Reads a request's input, which may be anything; the names of arguments are those that agents use for these things. Never throws. */
export function matterOf({ tool, title, input }: Pick<PermissionRequest, 'tool' | 'title' | 'input'>): RequestMatter {
  const left = new Arguments(input);
  const command = left.text(commandNames);
  const description = command === null ? '' : (left.text(['description']) ?? '');
  const path = command === null ? left.text(pathNames) : null;
  const edits = path === null ? [] : left.edits(path);
  const contents = path === null || edits.length > 0 ? null : left.text(contentNames);
  const others = left.rest();
  const said = [command, description, path, ...others.map(({ value }) => value)].filter(
    (one): one is string => one !== null && one !== '',
  );
  return { command, description, path, edits, contents, others, title: isSaid(title, tool, said) ? '' : title };
}

/** Whether a title is made of the tool's name and of what is shown besides. */
function isSaid(title: string, tool: string, said: readonly string[]): boolean {
  const subject = (title.startsWith(tool) ? title.slice(tool.length).replace(/^:/, '') : title).trim();
  return subject === '' || said.some((one) => one.trim().startsWith(subject) || subject.includes(one));
}

/** A request in one line, for a list or a log: what it is about, not all of it. */
export function matterLine(request: Pick<PermissionRequest, 'tool' | 'title' | 'input'>): string {
  const { command, path, title, others } = matterOf(request);
  const subject = command ?? path ?? (title === '' ? (others[0]?.value ?? '') : title);
  const line = subject.replace(/\s+/g, ' ').trim();
  return line === '' || line === request.tool ? request.tool : `${request.tool}: ${line}`;
}
