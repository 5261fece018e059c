import { readFileSync } from 'node:fs';
import { countWords } from './count.js';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: count <file>');
  process.exit(2);
}
console.log(countWords(readFileSync(file, 'utf8')));
