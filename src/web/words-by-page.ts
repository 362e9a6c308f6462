import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Plugin } from 'vite';

/** Where a page chooses its language. */
const choice = resolve(import.meta.dirname, 'words/index.ts');
const declaration = 'export const words';

/**
 * Gives each page only the texts that it shows: of what stands in words/en.ts and words/es.ts the objects that a file names which the
 * page can load. `shells` are the paths of the pages; each is told by `data-page` which of them it is.
 */
export function wordsByPage(shells: readonly string[]): Plugin {
  const nameOf = (shell: string): string =>
    relative(import.meta.dirname, shell)
      .replace('.html', '')
      .replaceAll('/', '-');
  return {
    name: 'words-by-page',
    enforce: 'pre',
    apply: 'build',
    transformIndexHtml: (html, { filename }) =>
      html.replace('<html ', `<html data-page="${nameOf(filename)}" `),
    transform(code, id) {
      if (id === choice)
        return code.replaceAll(/import\('(.+?)'\)/g, (_, language) => {
          const each = shells
            .map(nameOf)
            .map((page) => `'${page}': () => import('${language}?page=${page}&.ts')`);
          return `({ ${each.join(', ')} })[document.documentElement.dataset.page]()`;
        });
      const shell = shells.find((one) => id.endsWith(`?page=${nameOf(one)}&.ts`));
      return shell === undefined ? null : only(namedFrom(shell), code);
    },
  };
}

/** What of `words` the file, or one that it imports now or later, names: `words.vote`, or `{ vote } = words`. */
function namedFrom(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file) || !/\.(html|tsx?)$/.test(file)) return new Set();
  seen.add(file);
  const text = readFileSync(file, 'utf8').replaceAll(/import type [^;]*;/g, '');
  if (text.includes(declaration)) return new Set();
  const taken = [...text.matchAll(/\{([^{}]*)\} = words\b/g)].flatMap(
    ([, names = '']) => names.match(/\w+/g) ?? [],
  );
  const named = [...text.matchAll(/\bwords\.(\w+)/g)].map(([, name = '']) => name);
  const imported = [...text.matchAll(/(?:from |import |import\(|src=)['"](\.[^'"?]+)/g)];
  const further = imported.flatMap(([, path = '']) => [...namedFrom(resolve(dirname(file), path), seen)]);
  return new Set([...taken, ...named, ...further]);
}

/** The source of a language without the objects that nobody names. They begin and end a line, as the formatter leaves them. */
function only(named: ReadonlySet<string>, code: string): string {
  const [before, words] = code.split(declaration, 2);
  if (words === undefined) throw new Error(`a language has "${declaration}"`);
  const kept = words.replaceAll(/^ {2}(\w+): \{\n[\s\S]*?^ {2}\},\n/gm, (all, name) =>
    named.has(name) ? all : '',
  );
  return `${before}${declaration}${kept}`;
}
