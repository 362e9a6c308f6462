// Puts parts of packages beside our own code, for the scripts that make the packages that we publish (decisions/0015).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { importsOf, packageOf } from './imports.js';

/** For each specifier that is to be bundled the names that our code takes of it, null for all. @typedef {Map<string, Set<string> | null>} Parts */
/** @typedef {{ name: string, version: string, license: string, text: string }} Bundled */

/**
 * Bundles what these compiled files import and `dependencies` does not name into `folder`, and has them import it from there. Returns
 * the packages of which something is in it.
 *
 * @param {string[]} files
 * @param {Record<string, string>} dependencies
 * @param {string} folder
 */
export async function bundleImports(files, dependencies, folder) {
  const parts = collect(files, dependencies);
  const packages = await bundle(parts, folder);
  for (const path of files) rewrite(path, parts, folder);
  return packages;
}

/** Whether what a specifier leads to has to be bundled. @param {string} specifier @param {Record<string, string>} dependencies */
export function isBundled(specifier, dependencies) {
  if (specifier.startsWith('.') || isBuiltin(specifier)) return false;
  return !Object.hasOwn(dependencies, packageOf(specifier));
}

/** @param {string[]} files @param {Record<string, string>} dependencies @returns {Parts} */
function collect(files, dependencies) {
  /** @type {Parts} */
  const parts = new Map();
  for (const path of files) {
    for (const { specifier, names } of importsOf(readFileSync(path, 'utf8'))) {
      if (!isBundled(specifier, dependencies)) continue;
      const known = parts.has(specifier) ? parts.get(specifier) : new Set();
      parts.set(specifier, known && names ? new Set([...known, ...names]) : null);
    }
  }
  return parts;
}

/** The name of the file that holds what a specifier leads to. @param {string} specifier */
function fileOf(specifier) {
  return `${specifier.replace(/^@/, '').replaceAll('/', '-')}.js`;
}

/** @param {Parts} parts @param {string} folder @returns {Promise<Bundled[]>} */
async function bundle(parts, folder) {
  const mark = '\0entry:';
  const made = await rolldown({
    input: Object.fromEntries([...parts.keys()].map((name) => [fileOf(name).slice(0, -3), mark + name])),
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
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
  // One file for each package: while it is loaded others have their turn, so that no call waits for all of it at once.
  const groups = [{ name: nameOfPackage, debugName: 'packages' }];
  const { output } = await made.write({
    dir: folder,
    format: 'esm',
    comments: false,
    chunkFileNames: 'packages/[name].js',
    codeSplitting: { includeDependenciesRecursively: false, groups },
  });
  await made.close();
  const ids = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const folders = new Set(
    ids.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? []),
  );
  return [...folders].map(described).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param {string} id */
function nameOfPackage(id) {
  const [, scope = '', name] = /node_modules[\\/](?:@([^\\/]+)[\\/])?([^\\/]+)/.exec(id) ?? [];
  return name === undefined ? null : `${scope && `${scope}-`}${name}`;
}

/** What a package says of itself. Throws when it has no licence. @param {string} folder @returns {Bundled} */
function described(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file));
  if (typeof license !== 'string' || texts.length === 0)
    throw new Error(`${name} has no licence with it, so it must not be bundled`);
  const text = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  return { name, version, license, text };
}

/** @param {string} path @param {Parts} parts @param {string} folder */
function rewrite(path, parts, folder) {
  let code = readFileSync(path, 'utf8');
  const here = importsOf(code).filter(({ specifier }) => parts.has(specifier));
  for (const { specifier, start, end } of here.toSorted((a, b) => b.start - a.start)) {
    const target = relative(dirname(path), join(folder, fileOf(specifier))).replaceAll('\\', '/');
    code = `${code.slice(0, start)}'${target.startsWith('.') ? target : `./${target}`}'${code.slice(end)}`;
  }
  if (here.length > 0) writeFileSync(path, code);
}

/** The licences of what is bundled, as Markdown; `more` are further sections. @param {Bundled[]} packages */
export function noticesOf(packages, more = '') {
  const head =
    '# Code of others in this package\n\nMade by the build: parts of these packages, without what nothing here calls.';
  const sections = packages.map(
    ({ name, version, license, text }) => `## ${name} - ${version} (${license})\n\n${text}`,
  );
  return `${[head, ...sections, more].join('\n\n').trim()}\n`;
}
