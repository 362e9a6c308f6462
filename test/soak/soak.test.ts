import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type RunningApp, startApp } from '../harness/app.ts';
import { startDriver } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { bounds, growthOf, type LogSample, logsMissed, missedBy, type Sample, slopeOf } from './figures.ts';
import { Ledger } from './ledger.ts';

/** A few seconds of `npm run soak` with every fault once, and that it finds what grows and what is lost. */

// Another each day; it is printed and can be given.
const seed = process.env.SEED ?? String(Math.floor(Date.now() / 86_400_000));
const limit = 400_000;

interface Result {
  readonly lanes: readonly {
    readonly struck: Readonly<Record<string, number>>;
    readonly acknowledged: Readonly<Record<string, number>>;
  }[];
  readonly growth: readonly { readonly server: string }[];
  readonly missed: readonly string[];
}

test(
  'nothing that was acknowledged is lost, whichever fault comes',
  async () => {
    const etcd = etcdBinary();
    const short = ['--minutes', '0.1', '--pause', '0.3', '--seed', seed, '--json'];
    const where = etcd === null ? ['--log', 'file'] : [];
    const run = await startDriver('test/soak/main.ts', [...short, ...where], limit).done;
    const { lanes, growth, missed } = JSON.parse(run.stdout) as Result;
    expect(missed, run.stderr).toEqual([]);
    expect(run.code).toBe(0);
    const gentle = ['cut', 'freeze', 'lose-replies'];
    const all = [gentle, [...gentle, 'drain-server', 'kill-server']];
    if (etcd !== null) all.push([...gentle, 'drain-server', 'freeze-member', 'kill-member', 'kill-server']);
    expect(lanes.map(({ struck }) => Object.keys(struck).sort())).toEqual(all.map((names) => names.sort()));
    for (const { acknowledged } of lanes) {
      const { groups, rounds, messages, claims, compared } = acknowledged;
      for (const count of [groups, rounds, messages, claims, compared]) expect(count).toBeGreaterThan(0);
    }
    // Those that are never killed, so that the hour has something to judge.
    const judged = growth.map(({ server }) => server);
    expect(judged).toEqual(expect.arrayContaining(['file-steady', ...(etcd === null ? [] : ['etcd-1'])]));
  },
  limit,
);

describe('what grows', () => {
  /** An hour of samples, one a minute. */
  const hour = (of: (minute: number) => Partial<Sample>): Sample[] =>
    Array.from({ length: 60 }, (_, minute) => ({
      at: minute * 60,
      server: 's',
      life: 1,
      rssMiB: 100 + Math.sin(minute),
      heapMiB: 30 + Math.cos(minute),
      descriptors: 40 + (minute % 3),
      streams: 0,
      waits: 0,
      groups: 0,
      index: minute,
      ...of(minute),
    }));
  const missed = (of: (minute: number) => Partial<Sample>): string[] => missedBy(growthOf(hour(of), 900));

  test('is found by its slope, and what breathes is not', () => {
    expect(slopeOf([])).toBe(0);
    expect(slopeOf([1, 2, 3].map((x) => [x, 2 * x + 7]))).toBeCloseTo(2);
    expect(missed(() => ({}))).toEqual([]);
    // Until the warm-up is over anything may come.
    expect(missed((minute) => ({ rssMiB: 100 + Math.min(minute, 14) }))).toEqual([]);
    expect(missed((minute) => ({ heapMiB: 30 + minute * 0.11 }))).toEqual([
      's: the heap grows by 1.1 MiB in 10 minutes',
    ]);
    expect(missed((minute) => ({ rssMiB: 100 + minute * 0.11 }))[0]).toContain('memory grows by 1.1 MiB');
    expect(missed((minute) => ({ descriptors: 40 + minute * 3 }))[0]).toContain('30 more descriptors');
  });

  test('is judged of servers with one life, and after ten minutes', () => {
    expect(
      growthOf(
        hour((minute) => ({ life: minute < 30 ? 1 : 2 })),
        900,
      ),
    ).toEqual([]);
    const [brief] = growthOf(hour(() => ({})).slice(0, 12), 180);
    expect(brief).toMatchObject({ minutes: 8, judged: false });
  });

  test('is found in logs that nothing is cut off', () => {
    const logs = (of: (minute: number) => Partial<LogSample>): LogSample[] =>
      Array.from({ length: 60 }, (_, minute) => ({
        at: minute * 60,
        log: 'l',
        mib: 10,
        oldest: null,
        ...of(minute),
      }));
    expect(
      logsMissed(
        logs((minute) => ({ oldest: String(minute >> 4) })),
        900,
      ),
    ).toEqual([]);
    expect(
      logsMissed(
        logs(() => ({ oldest: '1' })),
        900,
      ),
    ).toEqual(['l: nothing was ever cut off']);
    expect(
      logsMissed(
        logs(() => ({})),
        900,
      ),
    ).toEqual([]);
    expect(
      logsMissed(
        logs((minute) => ({ mib: minute })),
        900,
      )[0],
    ).toContain('in the second half');
    expect(
      logsMissed(
        logs(() => ({ mib: bounds.logMiB + 1 })),
        900,
      )[0],
    ).toContain('the bound is');
  });
});

describe('what is lost', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp();
  });
  afterAll(() => running?.stop());

  test('is found, whatever it is', async () => {
    const client = connect({ url: running.url });
    const group = client.group('g');
    await group.create({
      rule: { electorate: { agents: ['ann'] }, next: 'continuous' },
      retention: { rounds: 2 },
    });
    const ledger = new Ledger();
    ledger.created('g');
    const ann = await group.join('ann');
    for (const number of [1, 2, 3, 4]) {
      const { state, value } = await ann.propose({ value: number, round: number, wait: '5s' });
      ledger.round('g', number, state, value);
    }
    ledger.said('g', (await ann.say('hello')).offset, 'hello');
    await (await group.claim(4)).done('bought');
    ledger.spent('g', 4, 'bought');
    ledger.gone('never-there');
    expect(await ledger.missingAt(running.url), 'what retention took away is not lost').toEqual([]);

    ledger.created('h');
    ledger.gone('g');
    ledger.round('g', 4, 'SUCCESS', 5);
    ledger.round('g', 9, 'FAILED', null);
    ledger.said('g', 100, 'hello?');
    ledger.spent('g', 4, 'sold');
    await ann.leave();
    expect(await ledger.missingAt(running.url)).toEqual([
      'g round 4: SUCCESS 4, acknowledged: SUCCESS 5',
      'g round 9: not there, acknowledged: FAILED null',
      'g message 100: not there, acknowledged: "hello?"',
      'g round 4: its claim is spent, it was spent with "sold"',
      'h: not there',
      'g: deleted, and there again (200)',
    ]);
  });
});
