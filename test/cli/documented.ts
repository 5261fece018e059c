/** Where a JSON value that begins at `start` ends, its placeholders included. */
const endOf = (text: string, start: number): number => {
  let depth = 0;
  let isString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === '\\') at++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  throw new Error(`An example does not end: ${text.slice(start, start + 80)}`);
};

/** The JSON of an example, in which … stands for what is not said: {…}, […] and …. */
const parsed = (example: string): unknown => JSON.parse(example.replace(/("(?:[^"\\]|\\.)*")|([[{])…([\]}])|…/gs, (_, string?: string, open?: string, close?: string) => string ?? (open ? `${open}${close}` : 'null')));

/** The JSON values that a text of Markdown shows: those that begin with {" or [{". */
export const examplesIn = (text: string): unknown[] => {
  const examples: unknown[] = [];
  const beginning = /\[?\{"/g;
  for (let found = beginning.exec(text); found; found = beginning.exec(text)) {
    const end = endOf(text, found.index);
    examples.push(parsed(text.slice(found.index, end)));
    beginning.lastIndex = end;
  }
  return examples;
};

const kindOf = (value: unknown): 'list' | 'object' | 'value' => (Array.isArray(value) ? 'list' : typeof value === 'object' ? 'object' : 'value');

const fieldsFit = (example: Readonly<Record<string, unknown>>, printed: Readonly<Record<string, unknown>>): boolean => {
  const names = Object.keys(example);
  return names.length === 0 || (names.length === Object.keys(printed).length && names.every((name) => name in printed && fits(example[name], printed[name])));
};

/** Whether what was printed has the fields of the example, and no others; also in lists and inside of fields, as far as the example says what is there. */
export const fits = (example: unknown, printed: unknown): boolean => {
  if (example === null || printed === null) return true;
  const kind = kindOf(example);
  if (kind !== kindOf(printed)) return false;
  switch (kind) {
    case 'value': return true;
    case 'object': return fieldsFit(example as Record<string, unknown>, printed as Record<string, unknown>);
    case 'list': {
      const [first] = example as unknown[];
      return first === undefined || (printed as unknown[]).every((item) => fits(first, item));
    }
  }
};
