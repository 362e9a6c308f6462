import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quorate, startServer, temporaryFolder, until, within } from '../harness/server.ts';
import { executable, type Launched, launch } from './launch.ts';
import { writeSampleLog } from './sample-log.ts';
import { changeEntry, damageEntry } from './tamper.ts';
import { missing, whyNot } from './tools.ts';

const reason = whyNot('a disk that fails or is slow under a live server', missing('strace'));
/** More than any test here asks for a proposal: the round stays open. */
const agents = 100_000;
const cleanups: (() => unknown)[] = [];
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  folder.remove();
});

// Skipped only where strace is missing; whyNot has said so.
describe.skipIf(reason !== null)('a disk under strace', () => {
  // Syncs are those of segments that are made ahead, and of checkpoints: the first many belong to the start.
  for (const [call, when] of [
    ['pwrite64,pwritev', 40],
    ['fsync,fdatasync', 40],
  ] as const)
    test(`${call}: an error ends the server with 70 and one clear line; nothing is acknowledged any more`, async () => {
      const path = join(folder.path, 'log');
      const often = ['--limit', 'checkpointEntries=10'];
      const server = await started(['--data', path, ...often], `${call}:error=EIO:when=${when}+`);
      const acked: number[] = [];
      const statuses: number[] = [];
      for (let n = 1; n <= 200 && !server.over(); n += 1) {
        // Several at a time, so that some are in flight when it happens.
        const sent = Array.from({ length: 4 }, (_, i) => propose(server.url, n * 4 + i));
        for (const { status, agent } of await Promise.all(sent)) {
          if (status === 201) acked.push(agent);
          else if (status !== 0) statuses.push(status);
        }
      }
      const end = await within(10_000, server.exited, () => 'the server goes on without a disk');
      expect(end).toMatchObject({ code: 70 });
      const lines = end.stderr
        .split('\n')
        .filter((line) => line.includes('the log failed, the server stops'));
      expect(lines, end.stderr).toEqual([expect.stringMatching(/cannot write .*: EIO: i\/o error/)]);
      expect(statuses.filter((status) => status !== 503)).toEqual([]);
      expect(acked.length).toBeGreaterThan(0);
      const again = await startServer(['--data', path, '--agents', String(agents)]);
      cleanups.push(() => again.kill());
      for (const agent of acked) expect(await propose(again.url, agent)).toMatchObject({ status: 200 });
    });

  test('a write takes 200 ms: no acknowledgement comes before it has returned', async () => {
    const server = await started(['--data', join(folder.path, 'log')], 'pwrite64:delay_exit=200000');
    for (let n = 1; n <= 5; n += 1) {
      const began = performance.now();
      expect(await propose(server.url, n)).toMatchObject({ status: 201 });
      expect(performance.now() - began).toBeGreaterThan(195);
    }
    // What needs no disk does not wait for it.
    expect((await fetch(`${server.url}/v1/groups/default/rounds/1`)).status).toBe(200);
  });
});

const noLimits = whyNot('writes that fail', missing('prlimit'));

test.skipIf(noLimits !== null)(
  'writes fail from one moment to the next, six times over: the server ends with 70 each time',
  async () => {
    const path = join(folder.path, 'log');
    for (let time = 0; time < 6; time += 1) {
      const server = await launched([process.execPath, executable], ['--data', path]);
      const write = async (writer: number): Promise<number> => {
        for (let n = 0; ; n += 1) {
          const { status } = await propose(server.url, (writer * 6 + time) * 10_000 + n);
          if (status !== 201) return status;
        }
      };
      const writers = Array.from({ length: 8 }, (_, i) => write(i));
      await new Promise((resolve) => setTimeout(resolve, 100 + time * 20));
      // Longer files than the first byte are too long now.
      spawnSync('prlimit', ['--pid', String(server.pid), '--fsize=1']);
      const end = await within(10_000, server.exited, () => 'the server goes on without its disk');
      // They wrote until then, and nothing but that ended them.
      for (const status of await Promise.all(writers)) expect([0, 503]).toContain(status);
      expect(end, end.stderr).toMatchObject({ code: 70, signal: null });
      expect(end.stderr).toMatch(/the log failed, the server stops: cannot write to the log: EFBIG/);
    }
  },
);

test('all open files are used up by connections: the server survives, and serves again', async () => {
  const shell = ['sh', '-c', 'ulimit -n 600; exec "$@"', 'sh'];
  const server = await launched(
    [...shell, process.execPath, executable],
    ['--data', join(folder.path, 'log')],
  );
  const { hostname, port } = new URL(server.url);
  const sockets: Socket[] = [];
  for (let n = 0; n < 700; n += 1) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    sockets.push(socket);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(server.over()).toBe(false);
  for (const socket of sockets) socket.destroy();
  const status = await until(30_000, async () => {
    const answer = await propose(server.url, 1);
    return answer.status === 0 ? undefined : answer.status;
  });
  expect([200, 201]).toContain(status);
  expect(server.over()).toBe(false);
});

test('a log of a newer or foreign format is refused in words, by server and by verify', async () => {
  const path = join(folder.path, 'log');
  await writeSampleLog(path, 1e9);
  changeEntry(path, 3, (segment, at) => {
    segment[at + 2] = 9;
    segment.writeUInt32BE(crc32(segment.subarray(at, at + 36)), at + 36);
  });
  for (const command of [
    ['server', '--port', '0', '--data', path],
    ['verify', path],
  ]) {
    const refused = await quorate(command);
    expect(refused.code, command[0]).toBeGreaterThan(0);
    expect(refused.stderr, command[0]).toMatch(/a record has format 9; this program reads format 1/);
  }
});

test('quorate doctor says what is wrong with a file where a directory should be', async () => {
  const file = join(folder.path, 'file');
  writeFileSync(file, 'mine');
  for (const data of [file, join(file, 'below', 'it')]) {
    const bad = await quorate(['doctor', '--data', data, '--port', '0', '--json']);
    expect(bad.code).toBe(1);
    const { findings } = JSON.parse(bad.stdout);
    const checks = ['node', 'configuration', 'settings', 'open files', 'data', 'clock', 'port'];
    expect(findings.map(({ check }: { check: string }) => check)).toEqual(checks);
    expect(findings).toContainEqual({
      check: 'data',
      verdict: 'bad',
      says: `${file} is a file, and no directory`,
      fix: 'choose a directory with --data, which a server makes where there is none; mount the disk that a link leads to',
    });
  }
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test('quorate doctor says that a link leads to a disk that is not mounted', async () => {
  const [link, disk] = [join(folder.path, 'link'), join(folder.path, 'not-mounted')];
  symlinkSync(disk, link);
  const bad = await quorate(['doctor', '--data', link, '--port', '0']);
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain(`data: ${link} is a link to ${disk}, which is not there\n`);
  expect(bad.stdout).not.toContain('there is none in');
});

test('quorate doctor says what is good, and what is not', async () => {
  const path = join(folder.path, 'log');
  await writeSampleLog(path, 1e9);
  const good = await quorate(['doctor', '--data', path, '--port', '0', '--json']);
  const { ok, findings } = JSON.parse(good.stdout) as {
    ok: boolean;
    findings: { check: string; fix: string }[];
  };
  expect({ ok, code: good.code }).toEqual({ ok: true, code: 0 });
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['node', 'configuration', 'file system', 'free space', 'sync', 'log', 'clock']),
  );
  const server = await startServer(['--log', 'memory:']);
  cleanups.push(() => server.kill());
  const same = await quorate(['doctor', '--data', path, '--port', String(server.port)]);
  expect(same.stdout).toMatch(/a Quorate server answers on port/);
  damageEntry(path, 3);
  const bad = await quorate(['doctor', '--data', path, '--port', '0']);
  expect(bad.code).toBe(1);
  expect(bad.stdout).toMatch(/bad +log: .*\.segment is damaged: entry 3 does not check\n +fix: /);
});

function started(args: readonly string[], injected: string): Promise<Launched> {
  const calls = injected.split(':')[0] as string;
  const strace = [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${injected}`,
  ];
  return launched([...strace, process.execPath, executable], args);
}

async function launched(command: readonly string[], args: readonly string[]): Promise<Launched> {
  const server = await launch(command, ['--agents', String(agents), ...args]);
  cleanups.push(() => server.kill());
  return server;
}

/** Status 0: the connection was cut or refused. */
async function propose(base: string, agent: number): Promise<{ status: number; agent: number }> {
  const round = `${base}/v1/groups/default/rounds/1`;
  try {
    const answer = await fetch(`${round}/proposals/a${agent}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value: agent }),
      signal: AbortSignal.timeout(10_000),
    });
    await answer.arrayBuffer();
    return { status: answer.status, agent };
  } catch {
    return { status: 0, agent };
  }
}
