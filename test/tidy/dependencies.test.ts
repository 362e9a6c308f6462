import { existsSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { minVersion, type SemVer, satisfies } from 'semver';
import { expect, test } from 'vitest';
import { packageOf } from '../../scripts/imports.js';
import { importsOf, isTest, readText, sourcesIn } from './source.ts';

/** What a server needs to run is JavaScript: it is installed without a compiler, on every platform (decisions/0005). */

interface Locked {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
}

const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, Locked> };

/** The packages that run, whether they are installed beside Quorate or bundled (decisions/0015): what our code imports, and what that needs. */
const running = (() => {
  const imported = sourcesIn('src')
    .filter((file) => !isTest(file) && !file.path.startsWith('src/web/'))
    .flatMap((file) => importsOf(file))
    .filter(({ target, relative, typeOnly }) => !relative && !typeOnly && !isBuiltin(target))
    .map(({ target }) => packageOf(target));
  // Imported under a name that no bundler follows.
  const names = new Set([...imported, 'undici']);
  for (const name of names)
    for (const needed of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {})) names.add(needed);
  return [...names].map((name) => `node_modules/${name}`);
})();

test('no package that runs is made for one platform, and only one has a script to install it', () => {
  expect(running).toContain('node_modules/undici');
  expect(running.filter((path) => packages[path] === undefined)).toEqual([]);
  const bound = running.filter(
    (path) => packages[path]?.os !== undefined || packages[path]?.cpu !== undefined,
  );
  expect(bound).toEqual([]);
  // It warns of odd version ranges, and is bundled, so that nobody who installs Quorate is asked about it.
  const scripted = running.filter((path) => packages[path]?.hasInstallScript);
  expect(scripted).toEqual(['node_modules/protobufjs']);
});

test('none of them holds native code', () => {
  const native = running.flatMap((path) =>
    existsSync(path)
      ? readdirSync(path, { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.node$|binding\.gyp$/.test(name))
          .map((name) => `${path}/${name}`)
      : [],
  );
  expect(native).toEqual([]);
});

test('every package, those of development too, runs on the oldest Node that package.json names', () => {
  const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
  const oldest = minVersion(engines.node) as SemVer;
  expect(oldest.version).toBe('20.19.0');
  const tooNew = Object.entries(packages).flatMap(([path, locked]) => {
    const needed = locked.engines?.node ?? '*';
    return satisfies(oldest, needed) ? [] : [`${path} needs Node ${needed}`];
  });
  expect(tooNew).toEqual([]);
});
