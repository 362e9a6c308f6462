import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binary, openChromium } from '../browser/chromium.ts';
import { Authority } from '../harness/certificates.ts';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { otherNodes } from '../harness/tools.ts';
import { blocksOf, root } from './blocks.ts';

/** quorate-client, the SDK alone, as its users get it: packed by its script and installed in an empty folder, without the network. */

const folder = temporaryFolder();
const project = join(folder.path, 'project');
const installed = join(project, 'node_modules', 'quorate-client');
const readme = 'clients/javascript/README.md';
let tarball = '';
let server: Server;

const inFolder = (cwd: string, program: string, ...args: string[]): string => {
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', timeout: 120_000, stdio: 'pipe' }).trim();
};

beforeAll(async () => {
  tarball = inFolder(root, process.execPath, 'scripts/pack-client.js', folder.path);
  // Its one dependency, from our own node_modules.
  const undici = join(root, 'node_modules/undici');
  const pack = ['pack', undici, '--ignore-scripts', '--silent', '--pack-destination', folder.path];
  const packed = inFolder(folder.path, 'npm', ...pack);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name": "users-own", "private": true, "type": "module"}');
  const install = ['install', '--offline', '--ignore-scripts', '--no-audit'];
  inFolder(project, 'npm', ...install, join(folder.path, packed), tarball);
  server = await startServer(['--log', 'memory:']);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

/** Ends the process with an error that says what went wrong; returns what it printed. */
function runs(node: string, script: string, ...args: readonly string[]): string {
  const env = { ...process.env, QUORATE_URL: server.url, NODE_OPTIONS: '' };
  const options = { cwd: project, env, encoding: 'utf8', timeout: 60_000 } as const;
  const { stdout, stderr } = spawnSync(node, [script, ...args], options);
  // No warnings either.
  expect(stderr).toBe('');
  return stdout;
}

describe('quorate-client', () => {
  test('has one dependency, and holds no map, no test and nothing of the server', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const ours = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ version: ours.version, license: ours.license, engines: ours.engines });
    expect(manifest.dependencies).toEqual({ undici: `^${ours.dependencies.undici}` });
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    const folders = new Set(
      files.filter((path) => path.endsWith('.js')).map((path) => path.split(/[\\/]/)[1]),
    );
    expect([...folders].sort()).toEqual(['client', 'vendor']);
    expect(files.filter((path) => /\.map$|\.test\./.test(path))).toEqual([]);
    expect(readFileSync(join(installed, 'THIRD-PARTY-NOTICES.md'), 'utf8')).toMatch(
      /^## eventsource-parser - [\s\S]*MIT License/m,
    );
    expect(existsSync(join(installed, 'LICENSE'))).toBe(true);
  });

  test('its README plays a round against a real server', () => {
    const [example = ''] = blocksOf(readme, 'js');
    writeFileSync(join(project, 'example.js'), example);
    const [first, ...others] = runs(process.execPath, 'example.js').trim().split('\n');
    expect(first).toMatch(/^pizza in round \d+$/);
    expect(others).toEqual([first]);
    expect(readFileSync(join(installed, 'README.md'), 'utf8')).toBe(readFileSync(join(root, readme), 'utf8'));
  });

  const nodes = [process.execPath, ...otherNodes().flatMap(([, path]) => path ?? [])];
  test.each(nodes)('it is imported, and required by CommonJS without a warning, under %s', (node) => {
    const [line = ''] = /const \{.*?require\(.*?\)/.exec(readFileSync(join(root, readme), 'utf8')) ?? [];
    const script = `${line};
      (async () => {
        const imported = await import('quorate-client');
        const { group } = await connect({ url: process.env.QUORATE_URL }).group(process.argv[2]).create({});
        console.log(group, imported.connect === connect);
      })();`;
    writeFileSync(join(project, 'required.cjs'), script);
    const group = `required-${nodes.indexOf(node)}`;
    expect(runs(node, 'required.cjs', group)).toBe(`${group} true\n`);
  });

  test('a compiler finds its types, by every way that there is', async () => {
    writeFileSync(
      join(project, 'types.ts'),
      `import { connect, type RoundJson } from 'quorate-client';
      export const round = (): Promise<RoundJson> => connect({ url: 'http://a' }).group('lunch').round('latest');
      // @ts-expect-error: a group has a name
      connect({ url: 'http://a' }).group();\n`,
    );
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules', '@types')];
    expect(inFolder(project, process.execPath, tsc, ...options, ...roots, 'types.ts')).toBe('');
    const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
    const problems = 'problems' in checked ? checked.problems : [{ kind: 'no types' }];
    // CommonJS gets the same ES modules: see the test above.
    expect(problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).toEqual([]);
  });

  test('it trusts the certificate of a private authority, on Node', async () => {
    const authority = new Authority(folder.path);
    const { cert, key } = authority.issue({ name: 'server', hosts: ['127.0.0.1'] });
    const secure = await startServer(['--log', 'memory:', '--tls-cert', cert, '--tls-key', key]);
    try {
      const script = `
        import { readFileSync } from 'node:fs';
        import { connect } from 'quorate-client';
        const [url, path] = process.argv.slice(2);
        const client = connect({ url, ca: readFileSync(path, 'utf8') });
        console.log((await client.group('lunch').create({})).group);`;
      writeFileSync(join(project, 'trusts.js'), script);
      expect(runs(process.execPath, 'trusts.js', secure.url, authority.ca)).toBe('lunch\n');
    } finally {
      await secure.stop();
    }
  });

  test.skipIf(binary === null)('bundled, it plays a round in a browser', async () => {
    writeFileSync(join(project, 'page.js'), "export { connect } from 'quorate-client';\n");
    const bundle = await rolldown({
      input: join(project, 'page.js'),
      platform: 'browser',
      logLevel: 'silent',
    });
    const { output } = await bundle.generate({ format: 'iife', name: 'quorate' });
    await bundle.close();
    const [{ code, imports }] = output;
    expect(imports).toEqual([]);
    const browser = await openChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}/healthz`);
      const value = await page.evaluate(`(async () => {
        ${code}
        const group = quorate.connect({ url: location.origin }).group('in-a-browser');
        await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
        const rounds = await Promise.all(['ann', 'bob'].map((agent) => group.agree({ agent, propose: () => 'tea' })));
        return rounds.map(({ value }) => value);
      })()`);
      expect(value).toEqual(['tea', 'tea']);
    } finally {
      await browser.close();
    }
  });
});
