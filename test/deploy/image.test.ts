import { chownSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { freePorts } from '../cluster/ports.ts';
import { missing, whyNot } from '../disk/tools.ts';
import { temporaryFolder, until } from '../harness/server.ts';
import { buildahTool } from '../harness/tools.ts';
import { type Container, ending, runContainer } from './container.ts';
import { buildImage, type Image, packagesIn } from './image.ts';

/**
 * The Dockerfile, built by buildah and run as containers are, with a read-only root, no privileges and Node as process 1. It takes a
 * minute, so it is left to CI, and to IMAGE=whole.
 */
const whole = Boolean(process.env.CI) || process.env.IMAGE === 'whole';
const reason = whole
  ? whyNot(
      'the image of the Dockerfile',
      process.platform !== 'linux' || process.getuid?.() !== 0
        ? 'this needs root on Linux, for namespaces'
        : missing('unshare', 'chroot', 'ldd', 'ldconfig'),
    )
  : 'it takes a minute: IMAGE=whole npx vitest run test/deploy/image.test.ts';
if (!whole) console.error(`!!!! SKIPPED: the image of the Dockerfile: ${reason}`);
const token = 'one-long-enough-for-anybody';

describe.skipIf(reason !== null)('the image of the Dockerfile', () => {
  let image: Image;
  const cleanups: (() => unknown)[] = [];

  beforeAll(() => {
    image = buildImage(buildahTool());
  }, 1_200_000);
  afterAll(() => image?.remove());
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const folder = (): string => {
    const { path, remove } = temporaryFolder();
    cleanups.push(remove);
    chownSync(path, 1000, 1000);
    return path;
  };
  const run = (settings: Parameters<typeof runContainer>[1]): Container => {
    const container = runContainer(image, settings);
    cleanups.push(async () => {
      await container.signal('SIGKILL').catch(() => undefined);
      await container.exited;
    });
    return container;
  };
  const healthy = (container: Container): Promise<true> =>
    until(60_000, () => (container.health() === 0 ? true : undefined)).catch((error: Error) => {
      throw new Error(`${error.message}\n${container.output()}`);
    });

  test('says what it is and how it runs: nobody in particular, node itself, one volume', () => {
    const { User, Entrypoint, Cmd, Volumes, ExposedPorts, Labels, Healthcheck, StopSignal } = image.config;
    expect(User).toBe('1000:1000');
    expect([...Entrypoint, ...Cmd]).toEqual(['node', '/opt/quorate/dist/cli/main.js', 'server']);
    expect(Object.keys(Volumes)).toEqual(['/data']);
    expect(Object.keys(ExposedPorts)).toEqual(['5000/tcp']);
    expect(Healthcheck.Test).toEqual(['CMD', 'node', '/opt/quorate/healthy.js']);
    expect(StopSignal).toBe('SIGTERM');
    const label = (name: string): string | undefined => Labels[`org.opencontainers.image.${name}`];
    expect([label('title'), label('version'), label('revision')]).toEqual(['quorate', '1.2.3', 'abc']);
    for (const name of ['source', 'documentation', 'licenses', 'description'])
      expect(label(name)).toBeTruthy();
  });

  test('holds what running takes, and no sources, tests or packages of development', () => {
    expect(readdirSync(join(image.root, 'opt/quorate')).sort()).toEqual(
      ['LICENSE', 'dist', 'healthy.js', 'node_modules', 'package.json'].sort(),
    );
    const packages = packagesIn(image);
    expect(packages).toContain('commander');
    for (const name of ['typescript', 'vite', 'vitest']) expect(packages).not.toContain(name);
  });

  test('serves from a read-only root, is healthy, ends with 0 on SIGTERM, and keeps what it was told', async () => {
    const [port] = (await freePorts(1)) as [number];
    const env = { QUORATE_ADMIN_TOKEN: token, QUORATE_PORT: String(port) };
    const data = folder();
    const url = `http://127.0.0.1:${port}`;
    const group = connect({ url, token }).group('lunch');
    const first = run({ data, env });
    await healthy(first);
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    const vote = { agent: 'ann', value: 'soup', wait: '10s' } as const;
    expect(await group.propose({ ...vote, round: 1 })).toMatchObject({ state: 'SUCCESS', value: 'soup' });
    await first.signal('SIGTERM');
    expect(await ending(first)).toEqual({ code: 0, signal: null });
    expect(first.output()).toContain('stopped');
    expect(first.health()).toBe(1);

    const second = run({ data, env });
    await healthy(second);
    expect(await group.round(1)).toMatchObject({ state: 'SUCCESS', value: 'soup' });
    expect(await group.propose({ ...vote, round: 2 })).toMatchObject({ state: 'SUCCESS', value: 'soup' });
  });

  test('ends on SIGTERM before it is ready, too: as process 1 it would be deaf to what it does not handle', async () => {
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => silent.close());
    const asked = new Promise((resolve) => silent.once('connection', resolve));
    const { port } = silent.address() as net.AddressInfo;
    const log = `etcd://127.0.0.1:${port}/q`;
    const waiting = run({
      data: folder(),
      env: { QUORATE_ADMIN_TOKEN: token, QUORATE_LOG: log, QUORATE_PORT: '0' },
    });
    await Promise.race([asked, waiting.exited]);
    await waiting.signal('SIGTERM');
    expect(await ending(waiting)).toEqual({ code: 0, signal: null });
  });

  test('does not start where it could write nothing, nor open to everybody without a token', async () => {
    const [port] = (await freePorts(1)) as [number];
    const open = run({ data: folder(), env: { QUORATE_PORT: String(port) } });
    expect(await ending(open)).toMatchObject({ code: 2 });
    expect(open.output()).toContain('--admin-token-file');
    const elsewhere = run({
      data: folder(),
      env: { QUORATE_ADMIN_TOKEN: token, XDG_DATA_HOME: '/elsewhere' },
    });
    expect(await ending(elsewhere)).toMatchObject({ code: 1 });
    expect(elsewhere.output()).toMatch(/read-only|EROFS/);
  });
});
