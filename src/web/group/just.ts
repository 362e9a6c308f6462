import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RoundJson } from '../../client/index.ts';
import type { Seating } from './seats.ts';

/** What has happened just now, while one looked: only that moves. */

/** How long something has happened just now, ms. */
const justMs = 2000;

/** Whether the round that is shown closed while one looked, for as long as that moves. */
export function useClosing(closed: ReadonlySignal<RoundJson | null>, shown: RoundJson | null): boolean {
  const [number, setNumber] = useState<number | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = closed.subscribe((round) => {
      if (round === null) return;
      clearTimeout(timer);
      setNumber(round.round);
      timer = setTimeout(() => setNumber(null), justMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [closed]);
  return number !== null && shown?.round === number && shown.state !== 'WAITING';
}

const nobody: ReadonlySet<string> = new Set();

/** The agents that have come in since the seats were shown before. */
export function useComing({ round }: RoundJson, { seats }: Seating): ReadonlySet<string> {
  const before = useRef<{
    round: number;
    seats: Seating['seats'];
    in: ReadonlySet<string>;
    just: ReadonlySet<string>;
  } | null>(null);
  const last = before.current;
  if (last?.seats === seats) return last.just;
  const now = new Set(seats.filter(({ state }) => state === 'in').map(({ agent }) => agent));
  const isSame = last?.round === round && last.seats.length > 0;
  const just = isSame ? new Set([...now].filter((agent) => !last.in.has(agent))) : nobody;
  before.current = { round, seats, in: now, just };
  return just;
}
