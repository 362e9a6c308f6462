// What the compiled modules of dist import, as a parser reads them. For the scripts that make the packages.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/**
 * One import: `names` are those that the module takes, null when it takes the whole; `start` and `end` say where in the text the quoted
 * specifier stands.
 *
 * @typedef {{ specifier: string, names: string[] | null, start: number, end: number }} Import
 */

/** What a module imports, by `import`, `export from` and `import()`. @param {string} code @returns {Import[]} */
export function importsOf(code) {
  /** @type {Import[]} */
  const found = [];
  visit(parseAst(code), (node) => {
    const { source } = node;
    if (typeof source?.value !== 'string') return;
    found.push({ specifier: source.value, names: namesOf(node), start: source.start, end: source.end });
  });
  return found;
}

/** @param {any} node @returns {string[] | null} */
function namesOf(node) {
  if (node.type === 'ImportExpression' || node.type === 'ExportAllDeclaration') return null;
  const names = node.specifiers.map((/** @type {any} */ { type, imported, local }) => {
    if (type === 'ImportDefaultSpecifier') return 'default';
    if (type === 'ImportNamespaceSpecifier') return null;
    return type === 'ExportSpecifier' ? local.name : imported.name;
  });
  return names.includes(null) ? null : names;
}

/** @param {any} node @param {(node: any) => void} each */
function visit(node, each) {
  if (Array.isArray(node)) for (const part of node) visit(part, each);
  else if (typeof node?.type === 'string') {
    each(node);
    for (const part of Object.values(node)) if (typeof part === 'object') visit(part, each);
  }
}

/** The specifiers in a file of types. @param {string} text */
export function typesImported(text) {
  return [...text.matchAll(/(?:\bfrom|\bimport\(|\bimport) ?['"]([^'"]+)['"]/g)].map(([, name]) =>
    String(name),
  );
}

/**
 * All files that these need, themselves among them, and the names of packages that they import. Paths end in `.js` or `.d.ts`.
 *
 * @param {string[]} entries
 */
export function reachableFrom(entries) {
  const files = new Set(entries);
  /** @type {Set<string>} */
  const packages = new Set();
  for (const path of files) {
    const text = readFileSync(path, 'utf8');
    const types = path.endsWith('.d.ts');
    const specifiers = types ? typesImported(text) : importsOf(text).map(({ specifier }) => specifier);
    for (const specifier of specifiers) {
      if (!specifier.startsWith('.')) packages.add(packageOf(specifier));
      else files.add(resolved(join(dirname(path), specifier), types));
    }
  }
  return { files, packages };
}

/** @param {string} path @param {boolean} types */
function resolved(path, types) {
  const file = types ? path.replace(/\.[jt]s$/, '.d.ts') : path;
  if (!existsSync(file)) throw new Error(`${file} is imported, and is not there`);
  return file;
}

/** The package that a specifier begins with; `node:` names stay as they are. @param {string} specifier */
export function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
