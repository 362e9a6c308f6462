import { readFileSync } from 'node:fs';
import { hashesOf } from './hashes.ts';

// Prints, as JSON, what the log in a file comes to under the Node that runs this.
const [, , file = ''] = process.argv;
console.log(JSON.stringify(hashesOf(readFileSync(file, 'utf8').trimEnd().split('\n'))));
