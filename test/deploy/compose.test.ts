import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connect } from '../../src/client/index.ts';
import { freePorts } from '../cluster/ports.ts';
import { temporaryFolder, until, within } from '../harness/server.ts';
import { fromCheckout, imageDefaults } from './dockerfile.ts';

/** deploy/compose.one.yaml without containers: what its service would run, with the image's own command, variables and check of health. */
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Compose {
  readonly services: { readonly quorate: Service };
  readonly volumes: Readonly<Record<string, object>>;
}

interface Service {
  readonly build: string;
  readonly read_only: boolean;
  readonly stop_grace_period: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly command?: unknown;
  readonly healthcheck?: unknown;
}

test('compose.one.yaml: one server, healthy by the check of the image, whose volume keeps what it was told', async () => {
  const { services, volumes } = parse(readFileSync('deploy/compose.one.yaml', 'utf8')) as Compose;
  const { quorate: service } = services;
  expect(existsSync(join(resolve('deploy', service.build), 'Dockerfile'))).toBe(true);
  expect(service).toMatchObject({ read_only: true, ports: ['127.0.0.1:5000:5000'], volumes: ['data:/data'] });
  expect(Object.keys(volumes)).toEqual(['data']);
  expect([service.command, service.healthcheck]).toEqual([undefined, undefined]);

  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const [port] = (await freePorts(1)) as [number];
  const token = 'one-long-enough-for-anybody';
  const given = Object.entries(service.environment).map(([name, value]) => {
    expect(value).toMatch(new RegExp(`^\\$\\{${name}:\\?.*\\}$`));
    return [name, token];
  });
  const { env, entrypoint, cmd, health } = imageDefaults();
  const own = Object.entries(env).map(([name, value]) => [name, value.replace('/data', path)]);
  const variables = { ...Object.fromEntries([...own, ...given]), QUORATE_PORT: String(port) };
  const [node, ...words] = [...entrypoint, ...cmd].map(fromCheckout);
  expect([node, health[0]]).toEqual(['node', 'node']);
  const healthy = (): boolean =>
    spawnSync(process.execPath, health.slice(1).map(fromCheckout), { env: variables, timeout: 20_000 })
      .status === 0;
  const start = () => {
    const child = spawn(process.execPath, words, { env: variables, stdio: 'ignore' });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    cleanups.push(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { child, ended };
  };
  expect(healthy()).toBe(false);
  const first = start();
  await until(60_000, () => healthy() || undefined);
  const group = connect({ url: `http://127.0.0.1:${port}`, token }).group('lunch');
  await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
  await group.propose({ agent: 'ann', round: 1, value: 'soup', wait: '10s' });
  first.child.kill('SIGTERM');
  expect(await within(30_000, first.ended, () => 'the server does not stop')).toBe(0);
  start();
  await until(60_000, () => healthy() || undefined);
  expect(await group.round(1)).toMatchObject({ state: 'SUCCESS', value: 'soup' });
});
