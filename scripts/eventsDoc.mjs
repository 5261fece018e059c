// Writes docs/events.md from the table of event types in src/core/events.ts. With --print it goes to standard output and no file is touched.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const source = path.join(root, 'src/core/events.ts');
const text = readFileSync(source, 'utf8');

const api = new API({ cwd: root });
const file = api.updateSnapshot({ openFiles: [source] }).getDefaultProjectForFile(source)?.program.getSourceFile(source);
if (!file) throw new Error(`${source} could not be read as TypeScript.`);
const declared = new Map(file.statements.filter((node) => node.kind === SyntaxKind.InterfaceDeclaration || node.kind === SyntaxKind.TypeAliasDeclaration).map((node) => [node.name.text, node]));

const sourceOf = (node) => node.getText(file);
const before = (node) => text.slice(node.pos, node.getStart(file));
/** The doc comment before a node, on one line. */
const docOf = (node) => ([...before(node).matchAll(/\/\*\*([\s\S]*?)\*\//g)].at(-1) ?? ['', ''])[1].replace(/^\s*\*/gm, '').replace(/\s+/g, ' ').trim();
const cell = (words) => words.replaceAll('|', '\\|');

/** Names of the types of this file that a node's source speaks of. */
const namedIn = (source) => [...declared.keys()].filter((name) => new RegExp(`\\b${name}\\b`).test(source));
const anchored = (name) => `[\`${name}\`](#${name.toLowerCase()})`;

const fieldRows = (members) => members.map((member) => {
  const type = sourceOf(member.type);
  const links = namedIn(type).map(anchored).join(', ');
  const about = [docOf(member), links && `see ${links}`].filter(Boolean).join('; ');
  return `| \`${member.name.text}\`${member.postfixToken ? ' (optional)' : ''} | \`${cell(type)}\` | ${cell(about)} |`;
});
const table = (members) => ['| field | type | |', '|---|---|---|', ...fieldRows(members), ''];

/** Fields of a literal or of an interface; null for an alias, whose own section lists what it may be. */
const membersOf = (type) => {
  if (type.kind === SyntaxKind.TypeLiteral) return type.members;
  const node = declared.get(sourceOf(type));
  if (!node) throw new Error(`The shape of ${sourceOf(type)} is not known.`);
  return node.kind === SyntaxKind.InterfaceDeclaration ? node.members : null;
};

/** The fields that a type's right side gives, as one table; alternatives one after the other. */
function shapeOf(type) {
  if (type.kind === SyntaxKind.UnionType) return type.types.flatMap((one, at) => [at === 0 ? 'Either' : 'or', '', ...shapeOf(one)]);
  const parts = type.kind === SyntaxKind.IntersectionType ? type.types : [type];
  const members = parts.flatMap((part) => membersOf(part) ?? []);
  const others = parts.filter((part) => membersOf(part) === null).map((part) => anchored(sourceOf(part)));
  return [
    ...(members.length > 0 ? table(members) : []),
    ...(others.length > 0 ? [`Beside these stand the fields of ${others.join(' and ')}.`, ''] : []),
  ];
}

const events = declared.get('EventFields');
const durable = new Set([...text.slice(text.indexOf('durableTypes')).matchAll(/'(\w+)'/g)].map((match) => match[1]));

/** Types by family: a line comment in the table begins one. */
function families() {
  const found = [];
  for (const member of events.members) {
    const family = /^\s*\/\/ (.+)$/m.exec(before(member))?.[1];
    if (family) found.push({ family, members: [] });
    found.at(-1).members.push(member);
  }
  return found;
}

const eventLines = (member) => [
  `### ${member.name.text}`, '',
  `${docOf(member)}${durable.has(member.name.text) ? ' *Durable.*' : ''}`.trim(), '',
  ...shapeOf(member.type),
];

/** Every type that events speak of, and those that these speak of, as they stand in the source. */
function sharedLines() {
  const known = new Set();
  const visit = (name) => {
    if (known.has(name)) return;
    known.add(name);
    namedIn(sourceOf(declared.get(name)).replace(new RegExp(`\\b${name}\\b`), '')).forEach(visit);
  };
  namedIn(events.members.map((member) => sourceOf(member)).join('\n')).forEach(visit);
  return [...declared].filter(([name]) => known.has(name)).flatMap(([name, node]) => {
    const doc = docOf(node);
    return [`### ${name}`, '', ...(doc ? [doc, ''] : []), '```ts', sourceOf(node).replace(/^export /, ''), '```', ''];
  });
}

const all = families();
const fence = '```';
const page = `# Events

*Written by \`node scripts/eventsDoc.mjs\` from \`src/core/events.ts\`; a test fails when it is out of date.*

The log of a session is one file of JSON lines, one event each. It is only ever appended to, and any program may read it at any time:
\`backstitch events --id S\` prints it and follows it until the session is over, \`--snapshot\` prints what is there, \`--types a,b\` and \`--from TIME\`
choose rows. \`backstitch status --id S --json\` gives its path as \`log_path\`.

## The promise

This is **events schema v1** (\`schema_version\`: 1). It grows by addition only: a field is never removed, renamed or given another type, and a
type never gets another meaning. New types and new fields may come with any version. So a reader ignores types and fields that it does not know, and needs
nothing else to keep working. Anything else would be schema v2, with another \`schema_version\`.

A script that was written for the stream of harnex 0.5 or 0.6 works unchanged on \`started\`, \`send\`, \`usage\`, \`git\`, \`summary\` and \`exited\` (and on
\`turn_started\`, \`task_complete\`, \`item_completed\`, \`compaction\`, \`disconnected\`, \`resume\`, \`log_active\` and \`log_idle\`): the fields it knows are here with
the names and types that it knows.

${fence}sh
backstitch events --id fix-1 --snapshot | jq -c '
  if   .type == "started" then {start: .ts, agent, pid, meta}
  elif .type == "send"    then {said: .msg, cut: .msg_truncated, forced}
  elif .type == "usage"   then {tokens: .total_tokens, input: .input_tokens, output: .output_tokens}
  elif .type == "git"     then {git: .phase, sha, commits}
  elif .type == "summary" then {exit, written_to: .path}
  elif .type == "exited"  then {end: .ts, code, reason}
  else empty end'
${fence}

The order at the end is always \`usage\`, \`git\` (in a repository), \`summary\`, \`exited\`. \`reason\` of \`exited\` and \`exit\` of \`summary\` are of
[\`ExitClass\`](#exitclass).

## Every row

${table(declared.get('Envelope').members).join('\n')}
Last stands \`crc\`: the CRC32 of the row's bytes before \`,"crc"\`, in hexadecimal. A row that was torn or changed is told by it.

A row of a type marked *durable* has reached the disk before anybody is told that it happened; any other row at most 100 ms later. No crash
changes their order.

## Types

| family | types |
|---|---|
${all.map(({ family, members }) => `| ${family} | ${members.map((member) => `[\`${member.name.text}\`](#${member.name.text})`).join(' ')} |`).join('\n')}

${all.flatMap(({ family, members }) => [`## ${family[0].toUpperCase()}${family.slice(1)}`, '', ...members.flatMap(eventLines)]).join('\n')}
## Shared types

${sharedLines().join('\n').trimEnd()}
`;
api.close();

if (process.argv.includes('--print')) process.stdout.write(page);
else writeFileSync(path.join(root, 'docs/events.md'), page);
