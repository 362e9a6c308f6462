import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { abstain, type Json, type RoundJson } from '../client/index.ts';
import { exec } from './exec.ts';
import type { Picked } from './pick.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-exec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const about = { title: 'where to eat', options: [{ value: 'pizza' }] };

const said = [
  { round: 2, body: 'I prefer pasta' },
  { round: 3, body: { value: 7 } },
];

function read(text: string): Picked {
  if (text.startsWith('?')) return { why: 'two readings' };
  try {
    return { value: JSON.parse(text.replace(/^(?:.*\n)?I am sure: /, '')) as Json };
  } catch {
    return { value: text };
  }
}

function bench(command: string, timeout = 10_000) {
  const failures: string[] = [];
  const onFailure = (why: string) => failures.push(why);
  const program = exec({
    ...{ command, timeout, group: 'g', agent: 'ann', about: async () => about, read, onFailure },
    messages: async (round) => said.filter((one) => one.round === round),
  });
  let round = 0;
  const choose = (last: RoundJson | null = null, signal = new AbortController().signal) => {
    round += 1;
    return program.propose(last, round, signal);
  };
  return { choose, failures, refused: program.refused, note: program.note };
}

test.each<[string, Json]>([
  ['echo 7', 7],
  [`echo '{"a": [1, null]}'`, { a: [1, null] }],
  ['echo pizza', 'pizza'],
  [`printf '  two words \\n\\n'`, 'two words'],
  [`echo '"7"'`, '7'],
  // It need not read its input.
  ['exec 0<&-; echo null', null],
])('%s proposes %j', async (command, value) => {
  expect(await bench(command).choose()).toEqual(value);
});

test('it is told the group, the agent, what the round is about, the last one, its own answer and what was said', async () => {
  const last = { round: 1, state: 'FAILED', tally: [] } as unknown as RoundJson;
  const { choose, refused } = bench('cat');
  const first = { group: 'g', agent: 'ann', round: 1, ...about, last, own: null, messages: [] };
  expect(await choose(last)).toEqual(first);
  const own = { round: 1, value: first };
  expect(await choose()).toEqual({ ...first, round: 2, last: null, own, messages: [said[0]] });
  refused('it is too large');
  expect(await choose()).toMatchObject({ own: { round: 2, abstain: true, note: 'it is too large' } });
});

test('what it wrote around its own last value is told, too', async () => {
  const { choose } = bench(
    `read -r line; case "$line" in *'"own":null'*) echo 'I am sure: 7';; *) echo "$line";; esac`,
  );
  expect(await choose()).toBe(7);
  expect(await choose()).toMatchObject({ own: { round: 1, value: 7, note: 'I am sure: 7' } });
});

test.each([
  ['exit 3', 10_000, /exit code 3/],
  ['true', 10_000, /wrote nothing/],
  ['echo 7; sleep 60', 100, /no end within 100 ms/],
  ['kill -9 $$', 10_000, /SIGKILL/],
  ['yes', 10_000, /bytes of output/],
  ['echo "?7"', 10_000, /two readings/],
  [`printf '\\377'`, 10_000, /not UTF-8/],
  [`printf '"caf\\351"'`, 10_000, /not UTF-8/],
])('%s: the agent abstains', async (command, timeout, why) => {
  const { choose, failures } = bench(command, timeout);
  expect(await choose()).toBe(abstain);
  expect(failures).toEqual([expect.stringMatching(why)]);
});

test.each<[string, string | undefined]>([
  ['echo 7', undefined],
  ['echo pizza', undefined],
  ['echo "I am sure: 7"', 'I am sure: 7'],
  ['exit 3', 'it ended with exit code 3'],
])('%s: what it wrote around its value is a note, or why it abstains', async (command, note) => {
  const program = bench(command);
  await program.choose();
  expect(program.note()).toBe(note);
});

test('a long note is shortened, and no character of it is cut in two', async () => {
  const program = bench(`yes 🙂 | head -n 2000 | tr -d '\\n'; echo; echo 'I am sure: 7'`);
  await program.choose();
  expect(program.note()).toMatch(/^(🙂)+…$/u);
  expect(program.note()?.length).toBeGreaterThan(1990);
  expect(program.note()?.length).toBeLessThanOrEqual(2000);
});

test('three failures in a row end the agent; one success forgets them', async () => {
  const count = join(folder, 'count');
  const { choose, failures } = bench(`echo x >> ${count}; [ $(wc -l < ${count}) = 3 ] && echo 7`);
  expect(await choose()).toBe(abstain);
  expect(await choose()).toBe(abstain);
  expect(await choose()).toBe(7);
  expect(await choose()).toBe(abstain);
  expect(await choose()).toBe(abstain);
  await expect(choose()).rejects.toThrow(/exit code 1/);
  expect(failures).toHaveLength(4);
});

test('a command that is not there ends the agent at once', async () => {
  await expect(bench('no-such-command-anywhere 2>&-').choose()).rejects.toThrow(/exit code 127/);
});

test('what it started ends with it, when nobody waits any more', async () => {
  const pid = join(folder, 'pid');
  const control = new AbortController();
  const choosing = bench(`sleep 60 & echo $! > ${pid}; wait`).choose(null, control.signal);
  const settled = Promise.resolve(choosing).catch(() => {});
  await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8').trim() !== '').toBe(true);
  control.abort();
  await settled;
  await expect.poll(() => isGone(Number(readFileSync(pid, 'utf8')))).toBe(true);
});

// Killed is gone: its parent may not have come to take note of it.
function isGone(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

test('what it left running in the background is ended and not waited for', async () => {
  const file = join(folder, 'pid');
  const value = await bench(`sleep 300 & echo $! > ${file}; echo 5`, 60_000).choose();
  expect(value).toBe(5);
  const pid = Number(readFileSync(file, 'utf8'));
  // Ended, or a zombie that nobody has buried yet.
  await vi.waitFor(() =>
    expect(spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`]).stdout.toString()).toMatch(/^(Z.*)?$/m),
  );
});

test('a timeout longer than a timer can be does not fire at once', async () => {
  expect(await bench('sleep 0.1; echo 7', 30 * 86_400_000).choose()).toBe(7);
});

test('three answers in a row that the server cannot take end it, one in between that it can does not count', async () => {
  const { choose, refused, failures } = bench('echo pizza');
  const once = async (): Promise<unknown> => {
    await choose();
    return refused('it is no number');
  };
  expect(await once()).toBe(abstain);
  expect(await once()).toBe(abstain);
  await choose();
  expect(await once()).toBe(abstain);
  expect(await once()).toBe(abstain);
  await expect(once()).rejects.toThrow('echo pizza: it is no number');
  expect(failures).toHaveLength(4);
});

test('it is given none of our tokens and keys', async () => {
  vi.stubEnv('QUORATE_TOKEN', 'secret');
  vi.stubEnv('QUORATE_JOIN_KEY', 'secret');
  try {
    expect(await bench('env | grep -c QUORATE_ || true').choose()).toBe(0);
  } finally {
    vi.unstubAllEnvs();
  }
});
