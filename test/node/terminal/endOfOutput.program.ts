import { readToTheEnd, type Reader } from './endOfOutput.ts';

const [folder = '', reader = 'plain', rounds = '1'] = process.argv.slice(2);
await readToTheEnd(folder, reader as Reader, Number(rounds));
process.stdout.write('nothing lost\n');
