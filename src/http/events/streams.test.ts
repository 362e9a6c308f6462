import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { Response } from '../route.ts';
import { type Source, type StreamLimits, Streams } from './streams.ts';

const limits: StreamLimits = { heartbeat: 60_000, maxAge: 3_600_000, buffered: 1 << 20, backlog: {} };

/** A connection that takes whatever it is given. */
function greedy(taken: string[]): Response {
  const raw = Object.assign(new EventEmitter(), {
    ...{ writableLength: 0, destroyed: false, closed: false },
    removeHeader: () => undefined,
    write: (bytes: Uint8Array | string) => taken.push(bytes.toString()) > 0,
    end: () => raw.emit('close'),
  });
  const response = { raw, headers: () => ({ begin: () => undefined }) };
  return response as unknown as Response;
}

/** Pieces that take 3 ms each to make. */
function slow(pieces: number): Source {
  let made = 0;
  return {
    ...{ isLost: false, isPatient: true, mark: null, place: { group: 'g', revision: null } },
    ends: () => (made === pieces ? 'that was all' : null),
    next: () => {
      if (made === pieces) return null;
      for (const ends = performance.now() + 3; performance.now() < ends; );
      made += 1;
      return Buffer.from(`piece ${made}`);
    },
  };
}

test('a reader who takes much, however fast, leaves turns to others', async () => {
  const streams = new Streams(limits, { streamOpened: () => () => undefined }, { index: 0, time: 0 });
  const taken: string[] = [];
  let isOver = false;
  streams.open(greedy(taken), 'items', () => ({
    source: slow(20),
    first: null,
    close: () => {
      isOver = true;
    },
  }));
  let turns = 0;
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(taken.slice(1)).toEqual(Array.from({ length: 20 }, (_, i) => `piece ${i + 1}`));
  expect(turns).toBeGreaterThan(5);
});
