import type { Memory } from './history.ts';
import type { Call } from './tools.ts';

/** One step of an answer, as data. Several calls in one step run at the same time. */
export type Step =
  | { do: 'think'; text: string }
  | { do: 'say'; text: string }
  | { do: 'tools'; calls: Call[] }
  | { do: 'subagent'; description: string; agentType: string; background: boolean; steps: Step[] }
  | { do: 'compact' }
  | { do: 'fail'; text: string }
  /** Falls silent until it is interrupted; only the screen is painted again and again. */
  | { do: 'hang' }
  /** Shows a dialog of its own that only an interrupt ends. */
  | { do: 'dialog' }
  /** Is at its limit for so long. */
  | { do: 'limit'; seconds: number };

/** What the script may look at besides the prompt: memory, and nothing that a rewind would not take back, but for the folder's files. */
export interface Scene {
  memory: Memory;
  /** A text file of the folder to read, if there is one. */
  readable: string | null;
}

/** How an answer is given: its steps, and how many times slower than usual. */
export interface Script {
  steps: Step[];
  slowness: number;
}

/** Chooses the answer by the key words of the prompt. The same prompt with the same memory gives the same answer. */
export function scriptFor(prompt: string, scene: Scene): Script {
  const has = (word: string) => new RegExp(`\\b${word}\\b`, 'i').test(prompt);
  const slowness = has('slow') ? 6 : 1;
  const echo = /^echo\s([\s\S]*)$/i.exec(prompt.trim());
  if (echo) return { steps: [{ do: 'say', text: echo[1] ?? '' }], slowness };
  if (/what do you remember/i.test(prompt)) return { steps: [{ do: 'say', text: remembered(scene.memory) }], slowness };
  const chosen = special.filter(([word]) => has(word)).flatMap(([, steps]) => steps(prompt, scene));
  return { steps: chosen.length ? chosen : usual(prompt, scene), slowness };
}

/** The first number of a prompt; 1 when there is none. */
const numberIn = (prompt: string): number => Number(/\d+(\.\d+)?/.exec(prompt)?.[0] ?? 1);

const turnOf = ({ memory }: Scene) => memory.prompts.length + 1;
const shortened = (text: string, length = 60) => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
};

/** The list that shows what a rewind has taken away. */
export function remembered({ summary, steps }: Memory): string {
  if (steps.length === 0 && summary === null) return 'I remember nothing yet.';
  const before = summary === null ? '' : `Summary of what came before: ${shortened(summary, 400)}\n\n`;
  const lines = steps.map(({ kind, text }, index) => `${index + 1}. ${kind}: ${shortened(text)}`);
  return `${before}I remember ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}:\n\n${lines.join('\n')}`;
}

function opening(scene: Scene): string {
  const { prompts, steps } = scene.memory;
  const last = prompts.at(-1);
  return last === undefined
    ? 'This is where we begin: my memory is empty.'
    : `This is prompt **${turnOf(scene)}** that I know of. Before it you asked “${shortened(last)}”, and I remember ${steps.length} steps.`;
}

const usual = (prompt: string, scene: Scene): Step[] => {
  const turn = turnOf(scene);
  return [
    { do: 'think', text: `The user wants: “${shortened(prompt)}”. I will look at the folder first, then write down what I find, then check it.` },
    { do: 'say', text: `${opening(scene)}\n\nI will look at the folder before I change anything.` },
    { do: 'tools', calls: [{ deed: scene.readable ? { is: 'read', path: scene.readable } : { is: 'shell', command: 'ls' } }] },
    { do: 'say', text: `Now I write two files at once: a line in \`demo/notes.md\` and the new \`demo/step-${turn}.ts\`.` },
    { do: 'tools', calls: [
      { deed: { is: 'append', path: 'demo/notes.md', line: `${turn}. ${shortened(prompt)}` } },
      { deed: { is: 'write', path: `demo/step-${turn}.ts`, content: sourceFor(turn) } },
    ] },
    { do: 'think', text: 'Both files are written. A look at them with the shell shows whether they are what I meant.' },
    { do: 'say', text: 'Both are written. Let me check them.' },
    { do: 'tools', calls: [{ deed: { is: 'shell', command: 'ls demo && cat demo/notes.md' } }] },
    { do: 'say', text: `Done. Step ${turn} in short:\n\n- \`demo/notes.md\` has a line for this prompt\n- \`demo/step-${turn}.ts\` exports \`step${turn}\`\n\n\`\`\`ts\n${sourceFor(turn)}\`\`\`\n\nRewind to any seam above, and I will not know what came after it.` },
  ];
};

const sourceFor = (turn: number) => `/** Written in step ${turn}. */\nexport const step${turn} = (stitches: number): number => stitches * ${turn};\n`;

const special: [string, (prompt: string, scene: Scene) => Step[]][] = [
  ['permission', (_prompt, scene) => [
    { do: 'say', text: 'This needs your permission.' },
    { do: 'tools', calls: [{ deed: { is: 'shell', command: `mkdir -p demo && echo "allowed ${turnOf(scene)}" >> demo/allowed.txt && cat demo/allowed.txt` }, asks: true }] },
    { do: 'say', text: 'Thank you for the answer; I went on accordingly.' },
  ]],
  ['subagent', (_prompt, scene) => [
    { do: 'say', text: 'I send somebody ahead and go on meanwhile.' },
    { do: 'subagent', description: 'Explore the folder', agentType: 'explorer', background: true, steps: explorer(scene) },
    { do: 'say', text: 'The explorer is at work in the background.' },
    { do: 'tools', calls: [{ deed: { is: 'write', path: 'demo/meanwhile.md', content: 'Written by the main agent while the explorer was at work.\n' } }] },
    { do: 'say', text: 'My own part is done.' },
  ]],
  ['edit', (prompt, scene) => [
    { do: 'say', text: 'One edit, as you asked.' },
    { do: 'tools', calls: [{ deed: { is: 'append', path: 'demo/notes.md', line: `${turnOf(scene)}. ${shortened(prompt)}` } }] },
    { do: 'say', text: `\`demo/notes.md\` now has a line for prompt ${turnOf(scene)}.` },
  ]],
  ['long', (_prompt, scene) => Array.from({ length: 12 }, (_, index): Step[] => [
    { do: 'say', text: `Part ${index + 1} of 12 (prompt ${turnOf(scene)}): I note it and look at it.` },
    { do: 'tools', calls: [{ deed: { is: 'write', path: `demo/long/part-${index + 1}.md`, content: `# Part ${index + 1}\n\nPrompt ${turnOf(scene)}.\n` } }] },
  ]).flat().concat({ do: 'say', text: 'All twelve parts are written.' })],
  ['markdown', () => [{ do: 'say', text: markdown }]],
  ['hostile', () => [
    { do: 'say', text: hostileText },
    { do: 'tools', calls: [{ deed: { is: 'say', text: hostileText } }] },
    { do: 'say', text: 'Nothing of that should have done anything.' },
  ]],
  ['hang', () => [{ do: 'say', text: 'Now I fall silent.' }, { do: 'hang' }]],
  ['sleep', (prompt) => [
    { do: 'say', text: 'This takes a while.' },
    { do: 'tools', calls: [{ deed: { is: 'shell', command: `sleep ${numberIn(prompt)}` } }] },
    { do: 'say', text: 'Slept well.' },
  ]],
  ['dialog', () => [{ do: 'dialog' }]],
  ['limit', (prompt) => [{ do: 'limit', seconds: numberIn(prompt) }]],
  ['compact', () => [{ do: 'compact' }, { do: 'say', text: 'I now know the rest as a summary only.' }]],
  ['error', () => [{ do: 'say', text: 'Something is about to go wrong.' }, { do: 'fail', text: 'The model could not be reached (a made-up failure).' }]],
];

const explorer = (scene: Scene): Step[] => [
  { do: 'think', text: 'A list of the files first, then one of them in detail.' },
  { do: 'tools', calls: [{ deed: { is: 'shell', command: 'ls' } }] },
  { do: 'subagent', description: 'Read one file', agentType: 'reader', background: false, steps: [
    { do: 'tools', calls: [{ deed: scene.readable ? { is: 'read', path: scene.readable } : { is: 'shell', command: 'pwd' } }] },
    { do: 'say', text: 'I read it; nothing surprising.' },
  ] },
  { do: 'tools', calls: [{ deed: { is: 'write', path: `demo/explored-${turnOf(scene)}.md`, content: '# What the explorer found\n\nFiles, and nothing surprising in them.\n' } }] },
  { do: 'say', text: 'I have seen the folder and written down what I found.' },
];

const markdown = `# A heading

A paragraph with **bold**, *italic*, \`code\` and a [link](https://example.com/).

1. one
2. two
   - nested

> A quotation.

| stitch | length |
|---|---:|
| back | 4 mm |
| running | 6 mm |

\`\`\`ts
const seam = (stitches: string[]): string => stitches.join('-');
\`\`\`

---

The end.`;

/** Everything that must stay text wherever it is shown. */
const hostileText = [
  'Colours \u001b[31mred\u001b[0m, a title \u001b]0;pwned\u0007, a clipboard \u001b]52;c;cHduZWQ=\u0007, a query \u001b[6n, a big one \u001b[999999999b.',
  '<script>document.title = "pwned"</script><img src=x onerror="document.title=\'pwned\'"><iframe src="https://example.com/"></iframe>',
  '[click me](command:workbench.action.quit) [and me](javascript:alert(1)) [and me](file:///etc/passwd) ![pixel](https://example.com/pixel.png)',
  '\u202ethis runs backwards\u202c \u001b]8;;https://example.com/\u0007a terminal link\u001b]8;;\u0007 <style>* { display: none }</style>',
].join('\n\n');
