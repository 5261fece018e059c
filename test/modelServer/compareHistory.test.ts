import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { keptHistoryProblems } from './compareHistory.ts';
import { type Asked, keptAt, type Place, withAdded, wholeOf } from './kept.ts';
import type { Message, MessageRequest } from './messages.ts';

/** The oracle of the exactness tests, given what a wrong cut would cause: each of it has to be named. */
const reminder = { type: 'text', text: '<system-reminder>\nThe folder has no rules.\n</system-reminder>\n' };
const environment: Message = { role: 'system', content: '# Environment\nToday is Friday.' };
const read = { type: 'tool_use', id: 'call-1', name: 'Read', input: { file_path: '/here/two.txt' } } as const;
const list = { type: 'tool_use', id: 'call-2', name: 'Bash', input: { command: 'ls' } } as const;
const two = { type: 'tool_result', tool_use_id: 'call-1', content: '1\ttwo' };
const files = { type: 'tool_result', tool_use_id: 'call-2', content: 'two.txt' };

const asked: Message = { role: 'user', content: [reminder, { type: 'text', text: 'do it', cache_control: { type: 'ephemeral' } }] };
const called: Message = { role: 'assistant', content: [{ type: 'text', text: 'Two things.' }, read, list] };
const answered: Message = { role: 'user', content: [two, files] };
const said: Message = { role: 'assistant', content: [{ type: 'text', text: 'Now I write.' }, { type: 'tool_use', id: 'call-3', name: 'Write', input: { file_path: '/here/new.txt' } }] };
const written: Message = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call-3', content: 'Written.' }] };

const request = (...messages: Message[]): MessageRequest => ({ model: 'one', system: [{ type: 'text', text: 'You are an agent.' }], tools: [{ name: 'Read' }], messages });
const record: Asked[] = [
  { scenario: 'work', step: 0, body: request(asked, environment), answered: [{ type: 'text', text: 'Two things.' }, read, list] },
  { scenario: 'work', step: 1, body: request(asked, environment, called, answered), answered: [{ type: 'text', text: 'Now I write.' }, { type: 'tool_use', id: 'call-3', name: 'Write', input: { file_path: '/here/new.txt' } }] },
  { scenario: 'work', step: 2, body: request(asked, environment, called, answered, said, written), answered: [{ type: 'text', text: 'Done.' }] },
];
const batch: Place = { request: 'work/1', answered: 0, items: 8, last: 'Bash {"command":"ls"} => two.txt' };
const prompt = (text: string, ...before: Record<string, unknown>[]): Message => ({ role: 'user', content: [...before, { type: 'text', text, cache_control: { type: 'ephemeral' } }] });

/** The problems of a request whose messages are these, after a rewind to the end of the batch. */
const afterBatch = (...messages: Message[]): string[] => keptHistoryProblems(keptAt(record, batch, '/here'), request(...messages), 'go on');

describe('an exact request has no problems', () => {
  it('behind a batch', () => {
    assert.deepEqual(afterBatch(asked, environment, called, prompt('go on', two, files)), []);
  });

  it('behind a text', () => {
    const kept = keptAt(record, { request: 'work/1', answered: 1, items: 9, last: 'Now I write.' }, '/here');
    const now: Message = { role: 'assistant', content: [{ type: 'text', text: 'Now I write.' }] };
    assert.deepEqual(keptHistoryProblems(kept, request(asked, environment, called, answered, now, prompt('go on')), 'go on'), []);
  });

  it('behind a prompt, which then ends with a line end', () => {
    const kept = keptAt(record, { request: 'work/0', answered: 0, items: 3, last: 'do it' }, '/here');
    assert.deepEqual(keptHistoryProblems(kept, request(prompt('go on', reminder, { type: 'text', text: 'do it\n' }), environment), 'go on'), []);
    assert.deepEqual(keptHistoryProblems(kept, request(prompt('go on', reminder, { type: 'text', text: 'do it' }), environment), 'go on'),
      ['item 2 (3 were kept, 3 came) differs: was message 0, {"role":"user"} {"type":"text","text":"do it\\n"}, is message 0, {"role":"user"} {"type":"text","text":"do it"}']);
  });

  it('where nothing is cut, and with what the CLI adds by itself', () => {
    const [, , last] = record;
    assert.ok(last);
    const done: Message = { role: 'assistant', content: 'Done.' };
    assert.deepEqual(keptHistoryProblems(wholeOf(last), request(asked, environment, called, answered, said, written, done, prompt('go on')), 'go on'), []);
    const added = withAdded(wholeOf(last), { role: 'user', content: 'A task has ended.' });
    assert.deepEqual(keptHistoryProblems(added, request(asked, environment, called, answered, said, written, done, prompt('go on', { type: 'text', text: 'A task has ended.\n' })), 'go on'), []);
  });
});

/** What has to be named is the beginning of it. */
const wrong: { what: string; messages: Message[]; problems: string[] }[] = [
  { what: 'cut one seam early', messages: [asked, environment, { role: 'assistant', content: [{ type: 'text', text: 'Two things.' }] }, prompt('go on')],
    problems: ['item 5 (8 were kept, 4 came) is missing: message 2, {"role":"assistant"} {"type":"tool_use","id":"call-1"'] },
  { what: 'cut one seam late', messages: [asked, environment, called, answered, { role: 'assistant', content: [{ type: 'text', text: 'Now I write.' }] }, prompt('go on')],
    problems: ['item 9 (8 were kept, 9 came) is too much: message 4, {"role":"assistant"} {"type":"text","text":"Now I write."}'] },
  { what: 'nothing cut', messages: [asked, environment, called, answered, said, written, { role: 'assistant', content: 'Done.' }, prompt('go on')],
    problems: ['item 9 (8 were kept, 12 came) is too much: message 4, {"role":"assistant"} {"type":"text","text":"Now I write."}'] },
  { what: 'everything cut', messages: [prompt('go on')], problems: ['item 1 (8 were kept, 0 came) is missing: message 0, {"role":"user"} {"type":"text","text":"<system-reminder>'] },
  { what: 'a result dropped', messages: [asked, environment, called, prompt('go on', two)],
    problems: ['item 8 (8 were kept, 7 came) is missing: message 3, {"role":"user"} {"type":"tool_result","tool_use_id":"call-2"', 'message 1: calls call-1, call-2 but results call-1'] },
  { what: 'an answer made up', messages: [asked, environment, called, answered, { role: 'assistant', content: 'No response requested.' }, prompt('go on')],
    problems: ['item 9 (8 were kept, 9 came) is too much: message 4, {"role":"assistant"} {"type":"text","text":"No response requested."}', 'the CLI made up an answer: “No response requested.”'] },
  { what: 'the calls of a batch in another order', messages: [asked, environment, { role: 'assistant', content: [{ type: 'text', text: 'Two things.' }, list, read] }, prompt('go on', two, files)],
    problems: ['item 5 (8 were kept, 8 came) differs: was message 2, {"role":"assistant"} {"type":"tool_use","id":"call-1"'] },
  { what: 'the results of a batch in another order', messages: [asked, environment, called, prompt('go on', files, two)],
    problems: ['item 7 (8 were kept, 8 came) differs: was message 3, {"role":"user"} {"type":"tool_result","tool_use_id":"call-1"'] },
  { what: 'a system message changed', messages: [asked, { role: 'system', content: '# Environment\nToday is Saturday.' }, called, prompt('go on', two, files)],
    problems: ['item 3 (8 were kept, 8 came) differs: was message 1, {"role":"system"} {"type":"text","text":"# Environment\\nToday is Friday."}'] },
  { what: 'a system message more', messages: [asked, environment, called, prompt('go on', two, files), { role: 'system', content: 'It is late.' }],
    problems: ['item 9 (8 were kept, 9 came) is too much: message 4, {"role":"system"} {"type":"text","text":"It is late."}'] },
  { what: 'a reminder changed', messages: [{ role: 'user', content: [{ type: 'text', text: '<system-reminder>\nOther rules.\n</system-reminder>\n' }, { type: 'text', text: 'do it' }] }, environment, called, prompt('go on', two, files)],
    problems: ['item 1 (8 were kept, 8 came) differs: was message 0, {"role":"user"} {"type":"text","text":"<system-reminder>\\nThe folder'] },
  { what: 'a reminder beside the prompt', messages: [asked, environment, called, prompt('go on', two, files, { type: 'text', text: '<system-reminder>\nA file has changed.\n</system-reminder>\n' })],
    problems: ['item 9 (8 were kept, 9 came) is too much: message 3, {"role":"user"} {"type":"text","text":"<system-reminder>\\nA file'] },
  { what: 'a text changed by a line end', messages: [asked, environment, { role: 'assistant', content: [{ type: 'text', text: 'Two things.\n' }, read, list] }, prompt('go on', two, files)],
    problems: ['item 4 (8 were kept, 8 came) differs: was message 2, {"role":"assistant"} {"type":"text","text":"Two things."}'] },
  { what: 'a message split in two', messages: [asked, environment, called, { role: 'user', content: [two] }, prompt('go on', files)],
    problems: ['item 8 (8 were kept, 8 came) differs: was message 3, {"role":"user"} {"type":"tool_result","tool_use_id":"call-2"', 'message 1: calls call-1, call-2 but results call-1'] },
  { what: 'the prompt not at the end', messages: [asked, environment, called, prompt('go on', two, files), { role: 'assistant', content: 'Already.' }], problems: ['something stands behind the prompt “go on”', 'item 9 (8 were kept, 9 came) is too much: message 4, {"role":"assistant"} {"type":"text","text":"Already."}'] },
  { what: 'no prompt', messages: [asked, environment, called, answered], problems: ['the prompt “go on” is not in the request'] },
];

describe('a wrong request is named for what is wrong', () => {
  for (const { what, messages, problems } of wrong)
    it(what, () => {
      const told = afterBatch(...messages);
      assert.deepEqual(told.map((problem, index) => problem.slice(0, problems[index]?.length)), problems);
    });

  it('another system prompt, another tool, another model', () => {
    const next = { ...request(asked, environment, called, prompt('go on', two, files)), system: 'You are another agent.', tools: [{ name: 'Write' }], model: 'two' };
    assert.deepEqual(keptHistoryProblems(keptAt(record, batch, '/here'), next, 'go on'), ['“model” of the request is not what it was', '“system” of the request is not what it was', '“tools” of the request is not what it was']);
  });
});

test('a place that the record does not hold as it is expected is none', () => {
  const at = (place: Partial<Place>) => () => keptAt(record, { ...batch, ...place }, '/here');
  assert.throws(at({ request: 'work/7' }), { message: '0 requests are work/7' });
  assert.throws(at({ items: 7 }), { message: /^the place behind block 0 of the answer to work\/1: Bash/ });
  assert.throws(at({ last: 'Read {"file_path":"./two.txt"} => 1\ttwo' }), { message: /^the place behind block 0 of the answer to work\/1: Bash/ });
  assert.throws(() => keptAt([...record, ...record], batch, '/here'), { message: '2 requests are work/1' });
});
