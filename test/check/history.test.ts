import { beforeAll, expect, test } from 'vitest';
import { readHistory } from '../../src/cli/log/history.ts';
import { checkHistory as checkByIndex } from '../../src/cli/log/history-check.ts';
import type { Evidence, Exchange } from '../sim/evidence.ts';
import { generate } from '../sim/generate.ts';
import { runHistory } from '../sim/run.ts';
import { isCounted, proposalIn, tells } from './answers.ts';
import { checkHistory } from './history.ts';

/** A clean history, and what the checks say when one thing in it is not as it was. */
let clean: Evidence;

beforeAll(async () => {
  // Plain, with rounds that close and agents that wait: enough of everything for each fault below.
  for (let seed = 1; ; seed += 1) {
    const plan = generate(seed);
    if (!plan.plain || plan.servers.length < 2) continue;
    const run = await runHistory({ ...plan, faults: [] });
    clean = run.evidence;
    const closed = clean.exchanges.filter(({ response }) => response?.text.includes('"closedAt":"2'));
    const failed = closed.some(({ response }) => response?.text.includes('"no-agreement"'));
    if (run.violations.length === 0 && closed.length > 3 && failed) return;
  }
});

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (said: string): Uint8Array => new TextEncoder().encode(said);

/** The exchanges with one of them changed: the last that fits. */
function withOne(fits: (one: Exchange) => boolean, change: (text: string) => string): Exchange[] {
  const at = clean.exchanges.findLastIndex(
    (one) => one.response !== null && one.completed !== null && fits(one),
  );
  expect(at).toBeGreaterThan(-1);
  return clean.exchanges.map((one, i) => {
    if (i !== at || one.response === null) return one;
    const changed = change(one.response.text);
    expect(changed).not.toBe(one.response.text);
    return { ...one, response: { ...one.response, text: changed } };
  });
}

/** The one log with other entries. */
function withEntries(change: (entries: readonly Uint8Array[]) => Uint8Array[]): Partial<Evidence> {
  return { logs: clean.logs.map((log) => ({ ...log, entries: change(log.entries) })) };
}

const shows = (part: string) => (one: Exchange) => one.response?.text.includes(part) ?? false;
const accepted = (one: Exchange): boolean => (one.response?.status ?? 500) < 300 && proposalIn(one) !== null;

test('a clean history has nothing wrong', () => {
  expect(checkHistory(clean)).toEqual([]);
});

test.each<[string, string, () => Partial<Evidence>]>([
  [
    'an entry that is in the log twice',
    'I4',
    () => withEntries((entries) => [...entries, entries.at(-1) as Uint8Array]),
  ],
  ['an acknowledged entry that is lost', 'I5', () => withEntries((entries) => entries.slice(0, 3))],
  [
    'a proposal that nobody meant',
    'I3',
    () =>
      withEntries((entries) =>
        entries.map((entry) => bytes(text(entry).replace(/"value":"\\"zz/, '"value":"\\"yy'))),
      ),
  ],
  [
    'another outcome of a round',
    'I1',
    () => ({
      exchanges: withOne(shows('"state":"FAILED"'), (said) =>
        said.replace('"reason":"no-agreement"', '"reason":"tie"'),
      ),
    }),
  ],
  [
    'an answer that a replay does not give',
    'I6',
    () => ({
      exchanges: withOne(shows('"present":1'), (said) => said.replace('"present":1', '"present":0')),
    }),
  ],
  [
    'an answer of before',
    'I7',
    () => ({ exchanges: withOne(accepted, (said) => said.replace(/"index":\d+/g, '"index":1')) }),
  ],
  [
    'a server in another state',
    'I8',
    () => ({
      digests: clean.digests.map((one) => ({ ...one, text: one.text.replace('"plain"', '"plane"') })),
    }),
  ],
  [
    'a follower who misses a round',
    'I9',
    () => ({
      watches: [
        {
          process: 'w',
          group: 'plain',
          rounds: [
            { round: 1, revision: 4, state: 'FAILED' },
            { round: 3, revision: 9, state: 'WAITING' },
          ],
        },
      ],
    }),
  ],
  [
    'a round that a process saw closed and then open',
    'I10',
    () => ({
      exchanges: clean.exchanges
        .map((one) => ({ ...one, process: one.process === 'admin' ? 'admin' : 'one' }))
        .reverse(),
    }),
  ],
  [
    'a secret told before the close',
    'I11',
    () => {
      const secret = String(clean.plan.groups[0]?.values[0]);
      const first = clean.exchanges.findIndex(shows('"round":1,"state":"WAITING"'));
      return {
        exchanges: clean.exchanges.map((one, i) =>
          i === first && one.response !== null
            ? {
                ...one,
                response: {
                  ...one.response,
                  text: one.response.text.replace('"explain":"', `"explain":"${secret} `),
                },
              }
            : one,
        ),
      };
    },
  ],
  [
    'an operation that does not end',
    'I12',
    () => ({ ops: clean.ops.map((op, i) => (i === 0 ? { ...op, ended: null } : op)) }),
  ],
])('%s is found', (_, invariant, change) => {
  const found = checkHistory({ ...clean, ...change() });
  expect(found.map((one) => one.invariant)).toContain(invariant);
});

test('the recorded form of a simulated history passes `quorate check`', () => {
  const lines = clean.exchanges.flatMap((one) => {
    const { process, invoked: invokedAt, completed: completedAt, request, response } = one;
    const body = completedAt === null || response === null ? null : JSON.parse(response.text);
    // What came after the decision is no proposal. [Q3.8]
    const proposed = isCounted(one) ? proposalIn(one) : null;
    const record = {
      process,
      invokedAt,
      completedAt,
      op: proposed === null ? 'read' : 'propose',
      group: 'plain',
      round: Number(request.path.split('/')[5]) || null,
      agent: proposed?.agent ?? null,
      ...(proposed === null || proposed.value === 'null' ? {} : { value: JSON.parse(proposed.value) }),
      response: typeof body?.index === 'number' && !('rule' in body) ? body : null,
    };
    return [JSON.stringify(record)];
  });
  expect(lines.length).toBeGreaterThan(20);
  expect(checkByIndex(readHistory(lines.join('\n')))).toEqual([]);
});

test('a number that is a part of a longer one is not told with it', () => {
  expect(['of 800003,', '-800003', 'is 800003.'].map((text) => tells(text, '800003'))).toEqual([
    true,
    true,
    true,
  ]);
  expect(['800003.75', '1800003', '8000031', '0.800003'].map((text) => tells(text, '800003'))).toEqual(
    Array(4).fill(false),
  );
  expect([tells('zzgate-approved', 'zzgate-approve'), tells('zzgate', 'zzgate-approve')]).toEqual([
    true,
    false,
  ]);
});
