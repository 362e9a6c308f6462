import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importsOf, packageOf, reachableFrom } from '../../scripts/imports.js';
import { EtcdCluster } from '../cluster/etcd.ts';
import { overHttp, protocols } from '../harness/mcp.ts';
import { startServer, temporaryFolder } from '../harness/server.ts';
import { etcdBinary, otherNodes } from '../harness/tools.ts';

/** The package as users get it: packed from the sources alone, and installed in an empty folder. */

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
const source = join(folder.path, 'source');
const project = join(folder.path, 'project');
const installed = join(project, 'node_modules', 'quorate');
let files: readonly string[] = [];
let tarball = '';
let sizes = { packed: 0, unpacked: 0 };

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
  sizes = { packed: packed.size, unpacked: packed.unpackedSize };
  files = packed.files.map(({ path }: { path: string }) => path);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name": "users-own", "private": true, "type": "module"}');
  inFolder(project, 'npm', 'install', '--prefer-offline', '--omit=dev', '--no-audit', tarball);
}, 240_000);
afterAll(() => folder.remove());

describe('the packed tarball', () => {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
    dependencies: Record<string, string>;
  };
  const entries = Object.keys(manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => join('quorate', path));

  test('has the entry points that the documents name', () => {
    const expected = ['quorate', 'quorate/client', 'quorate/core', 'quorate/server', 'quorate/conformance'];
    expect(entries.toSorted()).toEqual(expected.toSorted());
  });

  const nodes = [process.execPath, ...otherNodes().flatMap(([, path]) => path ?? [])];

  test.each(nodes)(
    'all of them are imported, and required by CommonJS without a warning, under %s',
    (node) => {
      const script = `
      const counts = {};
      for (const entry of ${JSON.stringify(entries)})
        counts[entry] = [Object.keys(require(entry)).length, import(entry)];
      (async () => {
        for (const entry in counts) counts[entry][1] = Object.keys(await counts[entry][1]).length;
        console.log(JSON.stringify(counts));
      })();`;
      writeFileSync(join(project, 'all.cjs'), script);
      const said = spawnSync(node, ['all.cjs'], { cwd: project, encoding: 'utf8', timeout: 120_000 });
      expect(said.stderr).toBe('');
      const counts = JSON.parse(said.stdout) as Record<string, readonly [number, number]>;
      expect(Object.keys(counts)).toEqual(entries);
      for (const [required, imported] of Object.values(counts)) {
        expect(required).toBeGreaterThan(0);
        expect(required).toBe(imported);
      }
    },
  );

  test('a compiler finds the types of each, by every way that there is', async () => {
    writeFileSync(
      join(project, 'types.ts'),
      entries.map((entry, i) => `export * as e${i} from '${entry}';\n`).join(''),
    );
    const tsc = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const roots = ['--types', 'node', '--typeRoots', join(checkout, 'node_modules', '@types')];
    expect(inFolder(project, process.execPath, tsc, ...options, ...roots, 'types.ts')).toBe('');

    const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
    const problems = 'problems' in checked ? checked.problems : [{ kind: 'no types' }];
    // CommonJS gets the same ES modules, by `require` as each supported Node has it: see the test above.
    expect(problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).toEqual([]);
  }, 120_000);

  test('its types name nothing of a package that is not installed with it', () => {
    const types = entries.map((entry) => {
      const { types } = manifest.exports[entry.replace(/^quorate/, '.')] as { types: string };
      return join(installed, types);
    });
    const named = [...reachableFrom(types).packages].filter((name) => !isBuiltin(name));
    expect(named.filter((name) => !Object.hasOwn(manifest.dependencies, name))).toEqual([]);
  });

  test('the SDK is bundled for a browser', async () => {
    writeFileSync(join(project, 'page.js'), "export { connect } from 'quorate';\n");
    const bundle = await rolldown({
      input: join(project, 'page.js'),
      platform: 'browser',
      logLevel: 'silent',
    });
    const { output } = await bundle.generate({ format: 'esm' });
    await bundle.close();
    expect(
      output.flatMap(({ type, ...file }) => (type === 'chunk' && 'imports' in file ? file.imports : [])),
    ).toEqual([]);
    expect(output[0].code).not.toMatch(/node:|\brequire\(/);
  });

  test('all that its code imports is in it, is a dependency, or is of Node; the licence of what is in it, too', () => {
    const foreign = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.js') && !path.startsWith('web/'))
      .flatMap((path) => importsOf(readFileSync(join(installed, 'dist', path), 'utf8')))
      .map(({ specifier }) => specifier)
      .filter((name) => !name.startsWith('.') && !isBuiltin(name))
      .map(packageOf);
    expect(foreign.filter((name) => !Object.hasOwn(manifest.dependencies, name))).toEqual([]);

    const notices = readFileSync(join(installed, 'dist', 'THIRD-PARTY-NOTICES.md'), 'utf8');
    const sections = notices.split(/^## /m).slice(1);
    const names = sections.map((section) => section.split(' ')[0]);
    const expected = ['@grpc/grpc-js', '@modelcontextprotocol/server', 'typebox', 'preact'];
    expect(names).toEqual(expect.arrayContaining(expected));
    for (const section of sections) {
      expect(section).toMatch(/^\S+ - \d\S* \((?:MIT|Apache-2\.0|BSD-3-Clause)\)\n/);
      expect(section).toMatch(/copyright|apache license/i);
    }
    const bill = JSON.parse(inFolder(source, process.execPath, 'scripts/sbom.js'));
    const listed = bill.components.map(({ name }: { name: string }) => name);
    expect(listed).toEqual(expect.arrayContaining([...expected, ...Object.keys(manifest.dependencies)]));
    expect(listed).not.toContain('vitest');
  });

  test('is small: 2 MB packed, 7 MB unpacked, 15 MB installed with all that it depends on', () => {
    const installedFiles = readdirSync(join(project, 'node_modules'), { recursive: true, encoding: 'utf8' })
      .map((path) => statSync(join(project, 'node_modules', path)))
      // As a disk counts: in whole blocks, folders too.
      .map((file) => Math.max(Math.ceil(file.size / 4096), 1) * 4096);
    const installedBytes = installedFiles.reduce((sum, bytes) => sum + bytes, 0);
    const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
    const said = `${megabytes(sizes.packed)} MB packed, ${megabytes(sizes.unpacked)} unpacked, ${megabytes(installedBytes)} installed`;
    expect(installedFiles.length).toBeGreaterThan(500);
    expect(sizes.packed, said).toBeLessThan(2e6);
    expect(sizes.unpacked, said).toBeLessThan(7e6);
    expect(installedBytes, said).toBeLessThan(15e6);
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

  test('its program runs by npx: quorate demo comes to a decision', () => {
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const quorate = (...args: string[]) => inFolder(project, 'npx', '--no-install', 'quorate', ...args);
    expect(quorate('--version').trim()).toBe(version);
    const { state } = JSON.parse(quorate('demo', '--json').trim().split('\n').at(-1) as string);
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

  test.skipIf(etcdBinary() === null)(
    'its server keeps a log in etcd, offers its tools to models, and makes spans for an SDK that is not its own',
    async () => {
      // The user's OpenTelemetry is another copy than the one in the package.
      const spans = join(project, 'spans.txt');
      writeFileSync(
        join(project, 'tracing.mjs'),
        `import { appendFileSync } from 'node:fs';
        import { createRequire } from 'node:module';
        const { NodeTracerProvider } = createRequire(${JSON.stringify(join(checkout, 'package.json'))})('@opentelemetry/sdk-trace-node');
        const onEnd = ({ name }) => appendFileSync(${JSON.stringify(spans)}, name + '\\n');
        const nothing = async () => {};
        new NodeTracerProvider({ spanProcessors: [{ onStart() {}, onEnd, forceFlush: nothing, shutdown: nothing }] }).register();`,
      );
      const env = { NODE_OPTIONS: `--import ${pathToFileURL(join(project, 'tracing.mjs'))}` };
      const etcd = await EtcdCluster.start({ binary: etcdBinary() as string });
      const program = join(installed, 'bin', 'quorate.js');
      const server = await startServer(['--log', etcd.url('packed')], 0, env, program);
      try {
        for (const [, mode] of protocols) {
          const model = await overHttp(server.url, mode);
          expect((await model.call('list_groups', {})).isError).toBe(false);
          await model.close();
        }
        const number = async () => {
          const headers = { 'content-type': 'application/json' };
          return (await fetch(`${server.url}/number`, { method: 'POST', headers, body: '{"number": 4}' }))
            .status;
        };
        expect([await number(), await number()]).toEqual([200, 200]);
        const seen = new Set(readFileSync(spans, 'utf8').split('\n'));
        expect([...seen]).toEqual(
          expect.arrayContaining(['POST /number', 'quorate.append', 'quorate.apply']),
        );
      } finally {
        await server.stop();
        await etcd.stop();
      }
    },
  );

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
