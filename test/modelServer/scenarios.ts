import type { ContentBlock } from './messages.ts';
import type { Scenarios } from './scenario.ts';

export const text = (words: string): ContentBlock => ({ type: 'text', text: words });
export const thinking = (words: string): ContentBlock => ({ type: 'thinking', thinking: words });
export const tool = (name: string, input: Record<string, unknown>): ContentBlock => ({ type: 'tool_use', name, input });

/** Files that the scenarios read; `claudeSandbox` puts them into the folder. */
export const sampleFiles: Readonly<Record<string, string>> = { 'hello.txt': 'hello world\nline two\n', 'two.txt': 'two\n' };

/**
 * One short story per thing that an agent does; a prompt names the story by `[[name]]`. Paths are absolute, so they are made for a folder.
 * `work` holds thinking, text, single and parallel tool calls, an edit and a shell command in one turn.
 */
export const scenariosIn = (cwd: string): Scenarios => ({
  hi: [[text('Hello from the model.')]],
  again: [[text('Hello again.')]],
  next: [[text('Going on from here.')]],
  work: [
    [thinking('First I look at the file.'), text('I read the file.'), tool('Read', { file_path: `${cwd}/hello.txt` })],
    [text('Now two things at once.'), tool('Read', { file_path: `${cwd}/two.txt` }), tool('Bash', { command: 'ls', description: 'List the files' })],
    [text('I write a file.'), tool('Write', { file_path: `${cwd}/made.txt`, content: 'one\n' })],
    [text('And change it.'), tool('Edit', { file_path: `${cwd}/made.txt`, old_string: 'one', new_string: 'uno' })],
    [thinking('All is done.'), text('Done with the work.')],
  ],
  // `env` keeps this out of what the default rules allow, so that the CLI asks.
  ask: [[text('This needs your permission.'), tool('Bash', { command: 'touch asked.txt && env | wc -l > asked.txt', description: 'Make a file' })], [text('Permission was answered.')]],
  askTwice: [[text('Two commands.'), tool('Bash', { command: 'touch first.txt', description: 'First' }), tool('Bash', { command: 'touch second.txt', description: 'Second' })], [text('Both were answered.')]],
  question: [[text('One question.'), tool('AskUserQuestion', { questions: [{ question: 'Which colour?', header: 'Colour', multiSelect: false, options: [{ label: 'Red', description: 'r' }, { label: 'Blue', description: 'b' }] }] })], [text('Thank you.')]],
  subagent: [
    [text('I send somebody.'), tool('Agent', { description: 'Look at the files', prompt: 'Please [[child]]', subagent_type: 'general-purpose' })],
    [text('Somebody is at work.')],
  ],
  child: [[thinking('The child thinks.'), text('The child reads.'), tool('Read', { file_path: `${cwd}/hello.txt` })], [text('The child is done.')]],
  nested: [
    [text('I send a nested one.'), tool('Agent', { description: 'Parent', prompt: 'Please [[spawn]]', subagent_type: 'general-purpose' })],
    [text('The nested one is at work.')],
  ],
  spawn: [[text('The parent sends a child.'), tool('Agent', { description: 'Grandchild', prompt: 'Please [[child]]', subagent_type: 'general-purpose' })], [text('The parent is done.')]],
  fail: [[text('This fails.'), tool('Bash', { command: 'exit 3', description: 'Fail' })], [text('It failed.')]],
  refuse: [{ blocks: [], error: { status: 400, type: 'invalid_request_error', message: 'scripted refusal' } }],
  slow: [{ blocks: [text(Array.from({ length: 200 }, (_, i) => `Line ${i + 1} of a long answer.\n`).join(''))], pieceLength: 30, pieceDelayMs: 20 }],
  // Says something and then nothing more, as a lost connection does.
  silent: [{ blocks: [text('I begin.'), text('Never said.')], gate: new Promise(() => {}), holdAfter: 1 }],
  slowTool: [[text('A long command.'), tool('Bash', { command: "perl -e 'select(undef,undef,undef,60)'", description: 'Wait' })], [text('It ended.')]],
});
