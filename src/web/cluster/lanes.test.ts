import { expect, test } from 'vitest';
import type { ServerJson } from '../../client/index.ts';
import { indexNow, lanesOf } from './lanes.ts';

function server(name: string, parts: Partial<ServerJson>): ServerJson {
  return {
    name,
    state: 'serving',
    since: null,
    index: 0,
    behind: 0,
    streams: 0,
    votesPerSecond: 0,
    ...parts,
  };
}

test('bars show the last entries, so that the one that lacks most is seen', () => {
  const servers = [
    server('server-1', { index: 48_213 }),
    server('server-2', { state: 'silent', index: 48_031, behind: 182 }),
    server('server-3', { index: 48_190, behind: 2 }),
  ];
  const { from, lanes } = lanesOf(servers, 48_213);
  expect(from).toBe(48_213 - 364);
  expect(lanes.map(({ kind, to, index }) => [kind, Math.round(to * 100), index])).toEqual([
    ['serving', 100, 48_213],
    ['stopped', 50, 48_031],
    // What a server showed a moment ago is old; what it lacked then is not.
    ['behind', 99, 48_211],
  ]);
});

test('a young log is shown from its beginning, and who has said nothing is left out', () => {
  const { from, lanes } = lanesOf(
    [server('a', { index: 27 }), server('b', { index: null, behind: null })],
    27,
  );
  expect(from).toBe(0);
  expect(lanes).toMatchObject([{ name: 'a', to: 1 }]);
});

test('the index of a server and what it lacks never contradict each other', () => {
  expect(indexNow(server('a', { index: 458, behind: 0 }), 460)).toBe(460);
  expect(indexNow(server('a', { state: 'silent', index: 458, behind: 2 }), 470)).toBe(458);
  expect(indexNow(server('a', { index: null, behind: null }), 470)).toBe(null);
});
