import { resolve } from 'node:path';
import { buildSite } from './build.ts';

/** Builds the documentation into _site, or into the folder that is given: `npm run site -- FOLDER`. */

const folder = resolve(process.argv[2] ?? '_site');
const { pages } = buildSite(process.cwd(), folder);
console.log(`${pages.size} pages in ${folder}: open ${folder}/index.html`);
