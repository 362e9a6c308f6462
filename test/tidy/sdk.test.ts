import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { everythingPublic, exported, sdkPage } from './sdk-page.ts';
import { readText, root } from './source.ts';

const page = 'docs/sdk.md';
const rewrite = 'UPDATE_DOCS=1 npx vitest run test/tidy/sdk.test.ts';

it('docs/sdk.md is what the comments of the SDK say', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(join(root, page), sdkPage());
  const written = existsSync(join(root, page)) ? readText(page) : '';
  expect(written === sdkPage(), `${page} is out of date; rewrite it: ${rewrite}`).toBe(true);
});

it('every export of quorate/client, and every method of one, has a comment', () => {
  expect(exported().length).toBeGreaterThan(70);
  const silent = everythingPublic().filter(({ comment }) => comment === '');
  expect(silent.map(({ name }) => name)).toEqual([]);
});

// On Windows Python has another name.
it.skipIf(process.platform === 'win32')(
  'every public class and function of the Python client has a docstring',
  () => {
    const script = `
import ast, sys
def walk(node, path):
    for one in node.body:
        if isinstance(one, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not one.name.startswith("_"):
            print(path + one.name, "yes" if ast.get_docstring(one) else "no")
            if isinstance(one, ast.ClassDef):
                walk(one, path + one.name + ".")
walk(ast.parse(open(sys.argv[1]).read()), "")`;
    const found = execFileSync('python3', ['-c', script, join(root, 'clients/python/quorate.py')], {
      encoding: 'utf8',
    });
    const lines = found.trim().split('\n');
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.filter((line) => line.endsWith(' no'))).toEqual([]);
  },
);
