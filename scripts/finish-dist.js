// Makes dist ready to be packed. Runs after the build, whose output it changes:
// - Packages that the code imports and that package.json does not name under "dependencies" are put into dist/vendor, without what
//   nobody calls. A checkout that nobody packs needs none of it: there they are in node_modules.
// - Types that no entry point of the package leads to are removed.
// - dist/THIRD-PARTY-NOTICES.md says whose code that is, in which versions, with the licences.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleImports, isBundled, noticesOf } from './bundle.js';
import { reachableFrom } from './imports.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const vendor = join(dist, 'vendor');
const { dependencies, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(vendor, { recursive: true, force: true });
const packages = await bundleImports(compiled('.js'), dependencies, vendor);
writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.md'), noticesOf(packages, takeNoticesOfPages()));
removeTypes();

/** The compiled files of our own code, but for the pages. @param {string} ending */
function compiled(ending) {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !/^(?:web|vendor)[\\/]/.test(path))
    .map((path) => join(dist, path));
}

/** Throws when a type that users see comes from a package that they do not have. */
function removeTypes() {
  const entries = Object.values(exports).flatMap(({ types }) => (types ? [join(root, types)] : []));
  const reached = reachableFrom(entries);
  const foreign = [...reached.packages].filter((name) => isBundled(name, dependencies));
  if (foreign.length > 0) throw new Error(`types of the package name those of ${foreign.join(', ')}`);
  for (const path of compiled('.d.ts')) if (!reached.files.has(path)) rmSync(path);
}

/** What Vite says of the code in the pages, without its head. Removed from the pages: nothing serves it. */
function takeNoticesOfPages() {
  const path = join(dist, 'web', 'licences.md');
  if (!existsSync(path)) return '';
  const text = readFileSync(path, 'utf8');
  for (const file of [path, `${path}.gz`]) rmSync(file, { force: true });
  return text
    .split(/^(?=## )/m)
    .slice(1)
    .join('');
}
