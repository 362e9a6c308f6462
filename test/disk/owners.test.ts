import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quorate, type Server, startServer, temporaryFolder, within } from '../harness/server.ts';
import { executable, launch } from './launch.ts';
import { missing, whyNot } from './tools.ts';

/** Two servers want one log: at most one acknowledges, and none answers from the past. */

const reason = whyNot(
  'a second server in another namespace',
  process.getuid?.() === 0 ? missing('unshare') : 'this needs root, for namespaces',
);
const cleanups: (() => unknown)[] = [];
let folder: ReturnType<typeof temporaryFolder>;
let dir: string;

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  folder.remove();
});

const args = ['--agents', '100000'];

async function started(): Promise<Server> {
  const server = await startServer(['--data', dir, ...args]);
  cleanups.push(() => server.kill());
  return server;
}

/** In a namespace where no process of ours can be seen. */
async function startedElsewhere() {
  const namespace = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const server = await launch([...namespace, process.execPath, executable], ['--data', dir, ...args]);
  cleanups.push(() => server.kill());
  return server;
}

function refusedElsewhere() {
  const namespace = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return launch([...namespace, process.execPath, executable], ['--data', dir, ...args]).then(
    () => 'started',
    (error: Error) => error.message,
  );
}

interface Answer {
  /** 0: the connection was cut, or nothing came. */
  readonly status: number;
  readonly present: number;
}

async function propose(url: string, agent: number): Promise<Answer> {
  return ask(`${url}/v1/groups/default/rounds/1/proposals/a${agent}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value: agent }),
  });
}

function round(url: string): Promise<Answer> {
  return ask(`${url}/v1/groups/default/rounds/1`);
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    const body = (await answer.json()) as { present?: number };
    return { status: answer.status, present: body.present ?? 0 };
  } catch {
    return { status: 0, present: 0 };
  }
}

function removeSockets(): void {
  for (const name of readdirSync(dir)) if (name.endsWith('.sock')) rmSync(join(dir, name));
}

const inUse = /in use by process \d+ since 20/;

test('a second server is refused by name, also while the first is paused; the first goes on', async () => {
  const first = await started();
  expect(await propose(first.url, 1)).toMatchObject({ status: 201 });
  const second = () => quorate(['server', '--port', '0', '--data', dir]);
  const refused = await second();
  expect(refused.stderr).toMatch(new RegExp(`in use by process ${first.pid} since 20`));
  expect(refused.stderr).toContain('fix: stop that process first');
  expect(refused.code).toBeGreaterThan(0);
  process.kill(first.pid, 'SIGSTOP');
  expect((await second()).stderr).toMatch(inUse);
  process.kill(first.pid, 'SIGCONT');
  removeSockets();
  expect((await second()).stderr).toMatch(inUse);
  expect(await propose(first.url, 2)).toMatchObject({ status: 201 });
});

// Skipped only without root or unshare; whyNot has said so.
describe.skipIf(reason !== null)('a second server in another pid namespace', () => {
  test('is refused while the first can be asked', async () => {
    const first = await started();
    expect(await propose(first.url, 1)).toMatchObject({ status: 201 });
    expect(await refusedElsewhere()).toMatch(inUse);
    expect(await propose(first.url, 2)).toMatchObject({ status: 201 });
  });

  test('takes over where nothing shows that the first lives: the first acknowledges nothing more, reads nothing more, and ends with 70', async () => {
    const first = await started();
    for (let n = 1; n <= 5; n += 1) expect(await propose(first.url, n)).toMatchObject({ status: 201 });
    removeSockets();
    const second = await startedElsewhere();
    expect(await round(second.url)).toMatchObject({ status: 200, present: 5 });
    expect(await propose(second.url, 6)).toMatchObject({ status: 201 });
    // In this order: the read is the first thing that it is asked.
    expect((await round(first.url)).status).not.toBe(200);
    expect((await propose(first.url, 7)).status).not.toBe(201);
    expect(await within(10_000, first.exited, () => 'the first goes on')).toMatchObject({ code: 70 });
    expect(first.stderr()).toMatch(/another process has taken this log over/);
    expect(await round(second.url)).toMatchObject({ status: 200, present: 6 });
  });

  test('takes over from one that is paused, in the middle of work: what that acknowledged is there, and it answers nothing from before when it wakes', async () => {
    const first = await started();
    const acked: number[] = [];
    let isPaused = false;
    const load = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 500; n += 1) {
        const agent = writer * 1000 + n;
        const { status } = await propose(first.url, agent);
        if (status !== 201) return;
        acked.push(agent);
        if (isPaused) return;
      }
    });
    await sleep(150);
    process.kill(first.pid, 'SIGSTOP');
    const known = acked.length;
    removeSockets();
    const second = await startedElsewhere();
    isPaused = true;
    const before = await round(second.url);
    expect(before.present).toBeGreaterThanOrEqual(known);
    expect(await propose(second.url, 99_999)).toMatchObject({ status: 201 });
    // They wait in its sockets until it wakes up.
    const late = [round(first.url), propose(first.url, 88_888), round(first.url)];
    await sleep(50);
    process.kill(first.pid, 'SIGCONT');
    for (const { status } of await Promise.all(late)) expect([0, 503]).toContain(status);
    await Promise.all(load);
    expect(await within(10_000, first.exited, () => 'the first goes on')).toMatchObject({ code: 70 });
    // Each that was acknowledged, by either, is there once; what was in flight may be.
    const after = await round(second.url);
    expect(after.present).toBeLessThanOrEqual(before.present + 1);
    for (const agent of acked) expect(await propose(second.url, agent)).toMatchObject({ status: 200 });
    expect((await round(second.url)).present).toBe(after.present);
  });
});

test('a server whose epoch and socket were removed acknowledges nothing more; another finds all that it had acknowledged', async () => {
  const first = await started();
  for (let n = 1; n <= 3; n += 1) expect(await propose(first.url, n)).toMatchObject({ status: 201 });
  removeSockets();
  for (const name of readdirSync(join(dir, 'epochs'))) rmSync(join(dir, 'epochs', name));
  expect((await propose(first.url, 4)).status).not.toBe(201);
  expect(await within(10_000, first.exited, () => 'the first goes on')).toMatchObject({ code: 70 });
  const second = await started();
  for (let n = 1; n <= 3; n += 1) expect(await propose(second.url, n)).toMatchObject({ status: 200 });
});

test('both at once, with epoch and socket removed: one at most acknowledges', async () => {
  const first = await started();
  expect(await propose(first.url, 1)).toMatchObject({ status: 201 });
  process.kill(first.pid, 'SIGSTOP');
  removeSockets();
  for (const name of readdirSync(join(dir, 'epochs'))) rmSync(join(dir, 'epochs', name));
  const second = await started();
  expect(await propose(second.url, 2)).toMatchObject({ status: 201 });
  const late = propose(first.url, 3);
  process.kill(first.pid, 'SIGCONT');
  expect((await late).status).not.toBe(201);
  expect(await within(10_000, first.exited, () => 'the first goes on')).toMatchObject({ code: 70 });
  expect(await round(second.url)).toMatchObject({ status: 200, present: 2 });
});
