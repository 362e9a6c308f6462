import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/server.ts';

/** The package as users get it: packed from the sources alone, and installed in an empty folder. */

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
const source = join(folder.path, 'source');
const project = join(folder.path, 'project');
const installed = join(project, 'node_modules', 'quorate');
let files: readonly string[] = [];
let tarball = '';

const inFolder = (cwd: string, program: string, ...args: string[]): string => {
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', timeout: 120_000, stdio: 'pipe' });
};

beforeAll(() => {
  for (const path of inFolder(checkout, 'git', 'ls-files', '-z', '-co', '--exclude-standard')
    .split('\0')
    .filter(Boolean)) {
    if (!existsSync(join(checkout, path))) continue;
    mkdirSync(dirname(join(source, path)), { recursive: true });
    cpSync(join(checkout, path), join(source, path));
  }
  symlinkSync(join(checkout, 'node_modules'), join(source, 'node_modules'));
  const [packed] = JSON.parse(inFolder(source, 'npm', 'pack', '--json', '--silent').replace(/^[^[]*/, ''));
  tarball = join(source, packed.filename);
  files = packed.files.map(({ path }: { path: string }) => path);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name": "users-own", "private": true, "type": "module"}');
  inFolder(project, 'npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', tarball);
}, 240_000);
afterAll(() => folder.remove());

describe('the packed tarball', () => {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const entries = Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => join('quorate', path));

  test('has the entry points that the documents name', () => {
    const expected = ['quorate', 'quorate/client', 'quorate/core', 'quorate/server', 'quorate/conformance'];
    expect(entries.toSorted()).toEqual(expected.toSorted());
  });

  test.each(entries)('%s is imported, and a compiler finds its types', (entry) => {
    const script = `const all = await import('${entry}'); console.log(Object.keys(all).length)`;
    expect(Number(inFolder(project, process.execPath, '--input-type=module', '-e', script))).toBeGreaterThan(
      0,
    );
    writeFileSync(join(project, 'types.ts'), `export * from '${entry}';\n`);
    const tsc = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const roots = ['--types', 'node', '--typeRoots', join(checkout, 'node_modules', '@types')];
    expect(inFolder(project, process.execPath, tsc, ...options, ...roots, 'types.ts')).toBe('');
  });

  test('the core alone decides a round', () => {
    const script = `
      import { apply, emptyState, parseSettings, viewLatest } from 'quorate/core';
      const { settings } = parseSettings({ preset: 'classroom' });
      const group = 'lunch';
      const put = { type: 'put-group', group, settings, ifRevision: null, joinKeyHash: null, observerKeyHash: null };
      const entry = { version: 1, writer: 'w', serial: 1, server: 's', time: 1, reckoned: 1, alone: true, seed: '00'.repeat(16), commands: [put] };
      const state = emptyState();
      apply(state, entry, 1);
      console.log(viewLatest(state.groups.get(group), state.index).state);`;
    expect(inFolder(project, process.execPath, '--input-type=module', '-e', script).trim()).toBe('WAITING');
  });

  test('its program runs', () => {
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const program = join(project, 'node_modules', '.bin', 'quorate');
    expect(inFolder(project, program, '--version').trim()).toBe(version);
    const { state } = JSON.parse(
      inFolder(project, program, 'demo', '--json').trim().split('\n').at(-1) as string,
    );
    expect(state).toBe('SUCCESS');
  });

  test('its server has the pages, and all that they load', async () => {
    const script = `
      import { serve } from 'quorate/server';
      const server = await serve({ port: 0, log: 'memory:' });
      const read = async (path) => {
        const reply = await fetch(new URL(path, server.url));
        return { status: reply.status, type: reply.headers.get('content-type'), text: await reply.text() };
      };
      const loaded = [];
      for (const page of ['/', '/new', '/g/lunch', '/g/lunch/vote'])
        for (const [, path] of (await read(page)).text.matchAll(/(?:src|href)="([^"]+)"/g))
          loaded.push((await read(new URL(path, new URL(page, server.url)))).status);
      await server.stop();
      console.log(JSON.stringify(loaded));`;
    const loaded = JSON.parse(inFolder(project, process.execPath, '--input-type=module', '-e', script));
    expect(loaded.length).toBeGreaterThan(9);
    expect(new Set(loaded)).toEqual(new Set([200]));
  });

  // Pictures are shown by the repository and by the registry, which takes them from there.
  test('each link of its documents to a file leads to one that is packed, but those to pictures', () => {
    const documents = files.filter((path) => path.endsWith('.md'));
    expect(documents).toContain('README.md');
    const dead = documents.flatMap((path) => {
      const text = readFileSync(join(installed, path), 'utf8');
      return [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)]
        .map(([, link]) => normalize(join(dirname(path), link as string)))
        .filter((target) => !target.startsWith('docs/pictures/') && !existsSync(join(installed, target)))
        .map((target) => `${path} links ${target}`);
    });
    expect(dead).toEqual([]);
  });

  test('holds no source map, since the sources are not in it, and nothing of the tests', () => {
    const code = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(code.filter((path) => path.endsWith('.map') || path.includes('.test.'))).toEqual([]);
    expect(files.filter((path) => /^(src|test|bench)\//.test(path))).toEqual([]);
  });

  test('publint finds nothing to say', () => {
    const publint = join(checkout, 'node_modules', 'publint', 'src', 'cli.js');
    expect(inFolder(project, process.execPath, publint, installed, '--strict', '--pack', 'false')).toMatch(
      /good/i,
    );
  });
});
