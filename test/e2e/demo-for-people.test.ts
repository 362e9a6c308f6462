import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { onNetwork } from '../harness/network.ts';
import { type Running, startQuorate, temporaryFolder, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { ask } from '../hostile/ask.ts';

/** `quorate demo --open` and `--lan`: what they tell, what they open, and that the group goes on until they are ended. */

interface Told {
  readonly page: string;
  readonly url: string;
  readonly lanUrls: readonly string[];
}

const noBrowser = { BROWSER: 'none' };
const wifi = onNetwork({ wlan0: ['192.168.77.20'] });
const running: Running[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.signal('SIGKILL');
    await one.done;
  }
});

function demo(args: readonly string[], env: Readonly<Record<string, string>> = noBrowser): Running {
  const one = startQuorate(['demo', ...args], 120_000, env);
  running.push(one);
  return one;
}

const told = (one: Running): Promise<Told> =>
  until(60_000, () => (one.stdout().includes('\n') ? (JSON.parse(one.stdout()) as Told) : undefined));

/** Ctrl-C, and how it ended. */
async function end(one: Running) {
  one.signal('SIGINT');
  const run = await one.done;
  running.splice(running.indexOf(one), 1);
  return run;
}

describe('quorate demo --open', () => {
  test('opens the page of a group whose agents go on, and ends clean with Ctrl-C', async () => {
    const { path, remove } = temporaryFolder();
    const opener = join(path, 'browser');
    writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > '${path}/opened'\n`, { mode: 0o700 });
    const one = demo(['--open'], { BROWSER: opener });
    const [page = ''] = await until(30_000, () => /http:\S+\?guest/.exec(one.stdout()) ?? undefined);
    expect(readFileSync(join(path, 'opened'), 'utf8')).toBe(page);
    const [, data = ''] = /log on disk in (\S+)/.exec(one.stdout()) ?? [];
    expect(existsSync(data)).toBe(true);
    const group = connect({ url: new URL(page).origin }).group('demo');
    await until(20_000, async () => ((await group.round('open')).present > 0 ? true : undefined));
    // Whoever comes has the seat that is left, and ends the round with it.
    const { round } = await group.propose({ agent: 'ann', value: 1, seq: 1, wait: '30s' });
    expect(await group.round(round)).toMatchObject({ eligible: 4, present: 4 });
    await until(20_000, async () => ((await group.round('open')).round > round ? true : undefined));
    await until(30_000, () => (one.stdout().includes(`round  ${round}`) ? true : undefined));
    const { code, stderr } = await end(one);
    expect(code, stderr).toBe(0);
    expect(existsSync(data)).toBe(false);
    remove();
  });

  test.each([
    ['there is none', { DISPLAY: '', WAYLAND_DISPLAY: '', BROWSER: '' }],
    ['it fails', { BROWSER: 'false' }],
    ['it is missing', { BROWSER: 'no-such-browser --new' }],
  ])('prints the link where a browser cannot be opened: %s', async (_why, env) => {
    const one = demo(['--open'], env);
    const [, page = ''] = await until(
      30_000,
      () => /no browser could be opened; open the page yourself: (\S+)/.exec(one.stdout()) ?? undefined,
    );
    expect((await fetch(page)).headers.get('content-type')).toMatch(/^text\/html/);
    expect((await end(one)).code).toBe(0);
  });
});

describe('quorate demo --lan', () => {
  test('shows phones where to vote, and warns in one line whom that lets in', async () => {
    const one = demo(['--lan'], { ...noBrowser, ...wifi });
    const [, phone = ''] = await until(
      30_000,
      () => /phones vote at {2}(\S+)/.exec(one.stdout()) ?? undefined,
    );
    const { port, pathname, hostname } = new URL(phone);
    expect([hostname, pathname]).toEqual(['192.168.77.20', '/g/demo/vote']);
    const there = { port: Number(port) };
    const headers = { host: `192.168.77.20:${port}` };
    expect((await ask(there, 'GET', pathname, { headers })).status).toBe(200);
    const votes = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        ask(there, 'POST', '/v1/groups/demo/proposals', {
          headers,
          body: { agent: `phone-${i}`, value: 7, seq: 1 },
        }),
      ),
    );
    expect(votes.map(({ status }) => status)).toEqual(votes.map(() => 201));
    const { code, stderr } = await end(one);
    expect(code).toBe(0);
    const warnings = stderr
      .split('\n')
      .filter((line) => line.includes('whoever is on this network can take part'));
    expect(warnings).toHaveLength(1);
  });

  test('--json names the page under the address for others', async () => {
    const one = demo(['--lan', '--open', '--json'], { ...noBrowser, ...wifi });
    const { page, url, lanUrls } = await told(one);
    const { port } = new URL(url);
    expect(lanUrls).toEqual([`http://192.168.77.20:${port}`]);
    expect(page).toBe(`http://192.168.77.20:${port}/g/demo?guest`);
    expect((await end(one)).code).toBe(0);
  });

  test('without a network says what to do', async () => {
    const one = demo(['--lan'], { ...noBrowser, ...onNetwork({}) });
    const { code, stderr } = await one.done;
    running.length = 0;
    expect(code).toBe(2);
    expect(stderr).toMatch(/is on no network: join one/);
  });
});

// Skipped only where there is no etcd; etcdBinary has said so.
describe.skipIf(etcdBinary() === null)('quorate demo --cluster', () => {
  test('--open --lan: the agents go on over three servers, the first of which phones reach', async () => {
    const one = demo(['--cluster', '--open', '--lan', '--json'], {
      ...noBrowser,
      ...wifi,
      ETCD_BIN: etcdBinary() as string,
    });
    const { page, url, lanUrls } = await told(one);
    const { port } = new URL(url);
    expect(lanUrls).toEqual([`http://192.168.77.20:${port}`]);
    expect(page).toBe(`http://192.168.77.20:${port}/g/demo?guest`);
    const group = connect({ url }).group('demo');
    await until(30_000, async () => ((await group.round('open')).present === 3 ? true : undefined));
    await until(30_000, () =>
      one.stderr().includes('whoever is on this network can take part') ? true : undefined,
    );
    expect((await end(one)).code).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
