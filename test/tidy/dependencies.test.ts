import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readText } from './source.ts';

/** What a server needs to run is JavaScript: it is installed without a compiler, on every platform (decisions/0005). */

interface Locked {
  readonly dev?: true;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: true;
}

const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, Locked> };
const production = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);

test('no package of production is made for one platform, and only one has a script to install it', () => {
  expect(production.length).toBeGreaterThan(10);
  const bound = production.filter(([, { os, cpu }]) => os !== undefined || cpu !== undefined);
  expect(bound.map(([path]) => path)).toEqual([]);
  // It warns of odd version ranges, and nothing needs that.
  const scripted = production.filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(scripted.map(([path]) => path)).toEqual(['node_modules/protobufjs']);
});

test('none of them holds native code', () => {
  const native = production.flatMap(([path]) =>
    existsSync(path)
      ? readdirSync(path, { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.node$|binding\.gyp$/.test(name))
          .map((name) => `${path}/${name}`)
      : [],
  );
  expect(native).toEqual([]);
});
