import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own files as the tidy tests look at them: by path from the project's folder, with `/`. */

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** From the project's folder, e.g. `src/core/apply.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  /** As written, or the path from the project's folder for a relative import. */
  readonly target: string;
  readonly relative: boolean;
  /** Whether the whole import is erased: `import type` or `export type`. */
  readonly typeOnly: boolean;
}

/** Every TypeScript file below these folders, in order of path. */
export function sourcesIn(...folders: readonly string[]): SourceFile[] {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
  return paths.sort().map((path) => ({ path, text: readText(path) }));
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function isTest({ path }: SourceFile): boolean {
  return path.endsWith('.test.ts');
}

/** Imports and re-exports of a file, dynamic ones included. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const written = /^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g;
  const found = [...text.matchAll(written)].map(([, type, target = '']) => ({
    target,
    typeOnly: type !== undefined,
  }));
  for (const [, target = ''] of text.matchAll(dynamic)) found.push({ target, typeOnly: false });
  return found.map(({ target, typeOnly }) => {
    const isRelative = target.startsWith('.');
    return {
      target: isRelative ? posix.join(dirname(path), target) : target,
      relative: isRelative,
      typeOnly,
    };
  });
}

/** The text with comments and the contents of strings blanked out; lines and columns stay. */
export function codeOf(text: string): string {
  const blank = (some: string): string => some.replaceAll(/[^\n]/g, ' ');
  let code = '';
  let at = 0;
  /** How many braces are open in each `${` around. */
  const braces: number[] = [];
  const take = (end: number, visible: boolean): void => {
    const some = text.slice(at, end);
    code += visible ? some : blank(some);
    at = end;
  };
  const template = (): void => {
    let end = at + 1;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end))
      end += text[end] === '\\' ? 2 : 1;
    if (text.startsWith('${', end)) braces.push(0);
    take(text.startsWith('${', end) ? end + 2 : end + 1, false);
  };
  while (at < text.length) {
    const c = text[at] as string;
    const open = braces.length - 1;
    if (text.startsWith('//', at)) take(endOf(text, '\n', at), false);
    else if (text.startsWith('/*', at)) take(endOf(text, '*/', at) + 2, false);
    else if (c === "'" || c === '"') {
      let end = at + 1;
      while (end < text.length && text[end] !== c) end += text[end] === '\\' ? 2 : 1;
      take(end + 1, false);
    } else if (c === '`') template();
    else if (c === '}' && braces[open] === 0) {
      braces.pop();
      template();
    } else {
      if (open >= 0 && c === '{') braces[open] = (braces[open] as number) + 1;
      if (open >= 0 && c === '}') braces[open] = (braces[open] as number) - 1;
      take(at + 1, true);
    }
  }
  return code;
}

/** `path:line` for a place in a file, as editors and terminals open it. */
export function placeOf({ path, text }: SourceFile, at: number): string {
  return `${path}:${text.slice(0, at).split('\n').length}`;
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}
