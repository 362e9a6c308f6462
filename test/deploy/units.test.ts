import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { freePorts } from '../cluster/ports.ts';
import { missing, whyNot } from '../disk/tools.ts';
import { temporaryFolder, until, within } from '../harness/server.ts';

/** The units of deploy/: what systemd says of them, and what quorate.service runs where there is no cluster. cluster/ runs the rest. */
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const reason = whyNot('the units as systemd reads them', missing('systemd-analyze'));

describe.skipIf(reason !== null).each(['quorate', 'etcd'])('%s.service', (name) => {
  const placed = (): string => {
    const { path, remove } = temporaryFolder();
    cleanups.push(remove);
    const file = join(path, `${name}.service`);
    // The programs need not be on this machine.
    writeFileSync(
      file,
      readFileSync(`deploy/${name}.service`, 'utf8').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'),
    );
    return file;
  };

  test('is a unit without a mistake', () => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', placed()], {
      encoding: 'utf8',
    });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  test('gives up what it does not need: its exposure is 3.5 of 10 at most', () => {
    const args = ['security', '--no-pager', '--offline=true', '--threshold=35', placed()];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect(status, stdout.split('\n').at(-2)).toBe(0);
  });
});

test('quorate.service without QUORATE_LOG keeps its log where systemd made a directory for it, and stops with 0', async () => {
  const text = readFileSync('deploy/quorate.service', 'utf8');
  const setting = (name: string): string => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1] ?? '';
  const [, above = ''] = /^XDG_DATA_HOME=(\S+)$/.exec(setting('Environment')) ?? [];
  expect(above).toBe('/var/lib');
  expect([setting('StateDirectory'), setting('StateDirectoryMode')]).toEqual(['quorate', '0700']);
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const [port] = (await freePorts(1)) as [number];
  const [, , ...words] = setting('ExecStart').split(' ');
  const start = () => {
    const child = spawn(process.execPath, ['bin/quorate.js', ...words], {
      env: { XDG_DATA_HOME: path, QUORATE_PORT: String(port) },
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    cleanups.push(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { child, ended };
  };
  const ready = () =>
    until(60_000, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
      return answer?.ok || undefined;
    });
  const group = connect({ url: `http://127.0.0.1:${port}` }).group('lunch');
  const first = start();
  await ready();
  await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
  await group.propose({ agent: 'ann', round: 1, value: 'soup', wait: '10s' });
  first.child.kill('SIGTERM');
  expect(await within(30_000, first.ended, () => 'the server does not stop')).toBe(0);
  const verified = spawnSync(process.execPath, ['bin/quorate.js', 'verify', join(path, 'quorate')]);
  expect(verified.status).toBe(0);
  start();
  await ready();
  expect(await group.round(1)).toMatchObject({ state: 'SUCCESS', value: 'soup' });
});
