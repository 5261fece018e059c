/** A tool's arguments for people: the one argument that says it all, and all of them as text. */
export interface ToolInput {
  brief: string;
  full: string;
}

const telling = ['command', 'cmd', 'file_path', 'path', 'filePath', 'notebook_path', 'pattern', 'query', 'url', 'description', 'prompt'];

const asText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, null, 2) ?? '';
};

/** Takes any value that an agent may have sent; never throws. */
export function toolInputOf(input: unknown): ToolInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    const full = input === undefined || input === null ? '' : asText(input);
    return { brief: firstLine(full), full };
  }
  const fields = Object.entries(input);
  const found = telling.find((name) => typeof (input as Record<string, unknown>)[name] === 'string' && Object.hasOwn(input, name));
  const brief = found === undefined ? '' : firstLine((input as Record<string, string>)[found] ?? '');
  return { brief, full: fields.map(([name, value]) => `${name}: ${indented(asText(value))}`).join('\n') };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
const indented = (text: string): string => (text.includes('\n') ? `\n  ${text.replaceAll('\n', '\n  ')}` : text);
