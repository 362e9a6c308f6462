// Makes dist ready to be packed. Runs after the build, whose output it changes:
// - Packages that the code imports and that package.json does not name under "dependencies" are put into dist/vendor, without what
//   nobody calls. A checkout that nobody packs needs none of it: there they are in node_modules.
// - Types that no entry point of the package leads to are removed.
// - dist/THIRD-PARTY-NOTICES.md says whose code that is, with the licences, and dist/vendor/packages.json which versions.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { importsOf, packageOf, reachableFrom } from './imports.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const vendor = join(dist, 'vendor');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @typedef {{ name: string, version: string, license: string, text: string }} Bundled */

const wanted = collect();
const bundled = await bundle(wanted);
rewrite(wanted);
removeTypes();
writeNotices(bundled);

/**
 * What the code takes of packages that are to be bundled: for each specifier the names, null for all of them.
 *
 * @returns {Map<string, Set<string> | null>}
 */
function collect() {
  /** @type {Map<string, Set<string> | null>} */
  const found = new Map();
  for (const path of compiled('.js')) {
    for (const { specifier, names } of importsOf(readFileSync(path, 'utf8'))) {
      if (!isBundled(specifier)) continue;
      const known = found.has(specifier) ? found.get(specifier) : new Set();
      found.set(specifier, known && names ? new Set([...known, ...names]) : null);
    }
  }
  return found;
}

/** @param {string} specifier */
function isBundled(specifier) {
  if (specifier.startsWith('.') || isBuiltin(specifier)) return false;
  return !Object.hasOwn(manifest.dependencies, packageOf(specifier));
}

/** The compiled files of our own code, but for the pages. @param {string} ending */
function compiled(ending) {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !/^(?:web|vendor)[\\/]/.test(path))
    .map((path) => join(dist, path));
}

/** The name of the file that holds what a specifier leads to. @param {string} specifier */
function fileOf(specifier) {
  return `${specifier.replace(/^@/, '').replaceAll('/', '-')}.js`;
}

/** @param {Map<string, Set<string> | null>} parts @returns {Promise<Bundled[]>} */
async function bundle(parts) {
  rmSync(vendor, { recursive: true, force: true });
  const mark = '\0entry:';
  const made = await rolldown({
    input: Object.fromEntries([...parts.keys()].map((name) => [fileOf(name).slice(0, -3), mark + name])),
    platform: 'node',
    cwd: root,
    plugins: [
      {
        name: 'entries',
        resolveId: (id) => (id.startsWith(mark) ? id : null),
        load(id) {
          if (!id.startsWith(mark)) return null;
          const name = id.slice(mark.length);
          const names = parts.get(name);
          return `export ${names ? `{ ${[...names].join(', ')} }` : '*'} from '${name}';`;
        },
      },
    ],
  });
  const { output } = await made.write({ dir: vendor, format: 'esm', comments: false });
  await made.close();
  const ids = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const folders = new Set(ids.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []));
  return [...folders].map(described).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a package says of itself. Throws when it has no licence. @param {string} folder @returns {Bundled} */
function described(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file));
  if (typeof license !== 'string') throw new Error(`${name} names no licence, so it must not be bundled`);
  const text = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  return { name, version, license, text };
}

/** Has the code import the bundled files. @param {Map<string, Set<string> | null>} parts */
function rewrite(parts) {
  for (const path of compiled('.js')) {
    let code = readFileSync(path, 'utf8');
    const here = importsOf(code).filter(({ specifier }) => parts.has(specifier));
    for (const { specifier, start, end } of here.toSorted((a, b) => b.start - a.start)) {
      const target = relative(dirname(path), join(vendor, fileOf(specifier))).replaceAll('\\', '/');
      code = `${code.slice(0, start)}'${target.startsWith('.') ? target : `./${target}`}'${code.slice(end)}`;
    }
    if (here.length > 0) writeFileSync(path, code);
  }
}

/** Throws when a type that users see comes from a package that they do not have. */
function removeTypes() {
  const entries = Object.values(manifest.exports).flatMap((entry) =>
    entry.types ? [join(root, entry.types)] : [],
  );
  const { files, packages } = reachableFrom(entries);
  const foreign = [...packages].filter(isBundled);
  if (foreign.length > 0) throw new Error(`types of the package name those of ${foreign.join(', ')}`);
  for (const path of compiled('.d.ts')) if (!files.has(path)) rmSync(path);
}

/** @param {Bundled[]} packages */
function writeNotices(packages) {
  mkdirSync(vendor, { recursive: true });
  const list = packages.map(({ name, version, license }) => ({ name, version, license }));
  writeFileSync(join(vendor, 'packages.json'), `${JSON.stringify(list, null, 2)}\n`);
  const ofPages = join(dist, 'web', 'licences.md');
  // Without the head that Vite puts above its sections.
  const pages = existsSync(ofPages)
    ? readFileSync(ofPages, 'utf8')
        .split(/^(?=## )/m)
        .slice(1)
        .join('')
    : '';
  for (const path of [ofPages, `${ofPages}.gz`]) rmSync(path, { force: true });
  const sections = packages.map(
    ({ name, version, license, text }) =>
      `## ${name} - ${version} (${license})\n\n${text || 'See its licence by that name.'}`,
  );
  const head =
    '# Code of others in this package\n\nMade by the build. dist/vendor and dist/web hold parts of these packages, without what nothing here calls.';
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.md'), `${[head, ...sections, pages].join('\n\n').trim()}\n`);
}
