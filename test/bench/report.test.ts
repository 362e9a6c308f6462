import { describe, expect, it } from 'vitest';
import type { Figure } from '../../bench/figure.ts';
import { resultOf } from '../../bench/measure.ts';
import { shareByRoom } from '../../bench/profile/rooms.ts';
import { tableOf } from '../../bench/report/table.ts';
import type { Row } from '../../bench/rows.ts';

const row: Row = {
  topic: 'few-6',
  what: 'a vote',
  ours: 'few-6',
  peer: 'bare-write',
  by: 'p50ms',
  goal: { atMost: 3 },
};

function resultFor(ours: readonly Figure[], peer: readonly Figure[]) {
  const result = resultOf(row, new Map([['few-6', ours] as const, ['bare-write', peer] as const]));
  if (result === null) throw new Error('no result');
  return result;
}

const taking = (...times: readonly number[]): Figure[] =>
  times.map((p50ms) => ({ p50ms, p99ms: 9, errors: 0 }));

describe('a row', () => {
  it('is the median of the ratios of slices measured one after the other', () => {
    // Each ratio is 2, whatever the machine did meanwhile; the ratio of the medians is not.
    expect(resultFor(taking(2, 20, 6), taking(1, 10, 3))).toMatchObject({ value: 2, met: true });
  });

  it('says that its goal is missed', () => {
    const result = resultFor(taking(4), taking(1));
    expect(result.met).toBe(false);
    expect(tableOf([result])).toMatch(/\| 4\.00 +\| <= 3, missed \|/);
  });

  it('is left out where the peer could not be measured', () => {
    expect(resultOf(row, new Map([['few-6', taking(1)]]))).toBeNull();
  });
});

describe('a profile', () => {
  const frame = (functionName: string, url: string) => ({
    functionName,
    url,
    scriptId: '0',
    lineNumber: 0,
    columnNumber: 0,
  });

  it('counts what a room calls of the language and of packages for the room, and idle time for nobody', () => {
    const nodes = [
      { id: 1, callFrame: frame('(root)', ''), children: [2, 5, 6, 7] },
      { id: 2, callFrame: frame('handle', 'file:///x/.cache/run/src/http/router.js'), children: [3, 4] },
      { id: 3, callFrame: frame('parse', '') },
      { id: 4, callFrame: frame('writev', 'node:internal/stream_base_commons') },
      { id: 5, callFrame: frame('(idle)', '') },
      { id: 6, callFrame: frame('(garbage collector)', '') },
      { id: 7, callFrame: frame('(program)', '') },
    ];
    const samples = [2, 3, 4, 5, 6, 7];
    const timeDeltas = [0, 10, 20, 10, 500, 25, 35];
    const profile = { nodes, samples, timeDeltas, startTime: 0, endTime: 600 };
    expect(Object.fromEntries(shareByRoom(profile))).toEqual({ http: 0.3, node: 0.45, GC: 0.25 });
  });
});
