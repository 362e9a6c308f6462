import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type CallRecord, connect, type RoundJson, recordingFetch } from '../../src/client/index.ts';
import { startServer, temporaryFolder, until } from '../harness/server.ts';
import { shell } from './shell.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('what agents recorded over HTTP passes quorate check, and does not once one line tells another outcome', async () => {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const server = await startServer(['--log', `file:${join(path, 'log')}`]);
  cleanups.push(() => server.kill());
  const file = join(path, 'history.jsonl');
  const calls: CallRecord[] = [];
  const now = () => Number(process.hrtime.bigint() / 1000n);
  const clientOf = (name: string) => {
    const fetch = recordingFetch({ process: name, now, onCall: (call) => void calls.push(call) });
    return connect({ url: server.url, fetch }).group('lunch');
  };
  const names = ['ann', 'bob', 'cyd', 'dan'];
  const rule = { electorate: { agents: [...names, 'eve'] }, threshold: 3 };
  await clientOf('owner').create({ rule });
  // Everybody tries something else until the fourth round; eve is a process of her own, and writes the file by herself.
  const eve = shell(
    `quorate agent lunch eve --value 0 --deadline 50s --record ${file} --url ${server.url} >"$DIR/out"`,
    { DIR: path },
  );
  const propose = (i: number) => (_last: RoundJson | null, round: number) => (round < 4 ? i + 1 : 0);
  const [ended, ...outcomes] = await Promise.all([
    eve,
    ...names.map((agent, i) => clientOf(agent).agree({ agent, propose: propose(i), deadline: '50s' })),
  ]);
  expect(ended).toMatchObject({ code: 0 });
  expect(outcomes.map(({ round, value }) => [round, value])).toEqual(names.map(() => [4, 0]));
  // Reads by others, while nothing happens any more: of what is over and of what is not there.
  await clientOf('reader').round(1);
  await clientOf('reader')
    .round(99)
    .catch(() => undefined);

  const own = readFileSync(file, 'utf8');
  const all = own + calls.map((call) => `${JSON.stringify(call)}\n`).join('');
  writeFileSync(file, all);
  const lines = all.trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as CallRecord);
  for (const agent of [...names, 'eve'])
    expect(
      records.filter((one) => one.op === 'propose' && one.agent === agent).length,
    ).toBeGreaterThanOrEqual(4);
  expect(records.filter(({ response }) => response !== null).length).toBe(records.length);
  const check = () => shell(`quorate check --json ${file}`);
  const fine = await check();
  expect(fine.code, fine.stdout + fine.stderr).toBe(0);
  expect(JSON.parse(fine.stdout)).toEqual({ records: lines.length, findings: [] });

  // One answer of eve's tells another outcome of a round than others were told.
  const spoiled = records.findIndex(({ response }) => (response as unknown as RoundJson).state === 'SUCCESS');
  const other = { ...records[spoiled], response: { ...(records[spoiled]?.response as object), value: 7 } };
  writeFileSync(file, `${lines.with(spoiled, JSON.stringify(other)).join('\n')}\n`);
  const wrong = await check();
  expect(wrong.code, wrong.stdout).toBe(1);
  const { findings } = JSON.parse(wrong.stdout) as { findings: { check: string; lines: number[] }[] };
  expect(findings[0]).toMatchObject({ check: 'agreement' });
  expect(findings[0]?.lines).toContain(spoiled + 1);
});

test('quorate check tells the rounds of a group that went when it was idle from those of the next one of its name [Q3.17]', async () => {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const server = await startServer(['--log', 'memory:']);
  cleanups.push(() => server.kill());
  const calls: CallRecord[] = [];
  const clientOf = (name: string) => {
    const fetch = recordingFetch({ process: name, onCall: (call) => void calls.push(call) });
    return connect({ url: server.url, fetch }).group('brief');
  };
  const agreeOn = async (value: string) => {
    const rule = { electorate: { agents: ['ann', 'bob'] }, threshold: 2 };
    await clientOf('owner').create({ rule, retention: { idle: '300ms' } });
    const agents = ['ann', 'bob'].map((agent) =>
      clientOf(agent).agree({ agent, propose: () => value, deadline: '20s' }),
    );
    for (const { round } of await Promise.all(agents)) expect(round).toBe(1);
    await clientOf('reader').round(1);
  };
  await agreeOn('tea');
  // By another who does not record: what is recorded shows only that the rounds begin at 1 again.
  const status = async () => (await fetch(`${server.url}/v1/groups/brief`)).status;
  await until(30_000, async () => ((await status()) === 404 ? true : undefined));
  await agreeOn('coffee');

  const outcomes = calls.flatMap(({ response }) =>
    (response as { state?: string })?.state === 'SUCCESS' ? [response] : [],
  );
  expect(new Set(outcomes.map((outcome) => (outcome as { value: string }).value))).toEqual(
    new Set(['tea', 'coffee']),
  );
  const file = join(path, 'history.jsonl');
  const check = async (records: readonly object[]) => {
    writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const { code, stdout } = await shell(`quorate check --json ${file}`);
    return { code, ...(JSON.parse(stdout) as { findings: { check: string }[] }) };
  };
  expect(await check(calls)).toMatchObject({ code: 0, findings: [] });
  const spoiled = calls.map((call) => {
    const { state, value } = (call.response ?? {}) as { state?: string; value?: string };
    const isLate = state === 'SUCCESS' && value === 'coffee' && call.process === 'reader';
    return isLate ? { ...call, response: { ...(call.response as object), value: 'tea' } } : call;
  });
  const wrong = await check(spoiled);
  expect(wrong.code).toBe(1);
  expect(wrong.findings).toMatchObject([{ check: 'agreement' }]);
});
