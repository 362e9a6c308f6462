import type { ServerJson } from '../../client/index.ts';

/** How far a server has applied the log, as a bar. */
export interface Lane {
  readonly name: string;
  readonly kind: 'serving' | 'behind' | 'stopped';
  /** Where the bar ends, 0 to 1. */
  readonly to: number;
  readonly index: number;
  readonly behind: number;
}

/** Entries that the bars show at least. */
const leastShown = 100;

/** How far a server is: one that serves has told an index that is a moment old, and what it lacks says more. */
export function indexNow(
  { state, index, behind }: Pick<ServerJson, 'state' | 'index' | 'behind'>,
  head: number,
): number | null {
  return state === 'serving' && behind !== null ? head - behind : index;
}

/** The bars of the servers whose index is known, over the last entries of the log; `from`: the entry where they begin. */
export function lanesOf(servers: readonly ServerJson[], head: number): { from: number; lanes: Lane[] } {
  const known = servers.flatMap(({ name, state, index, behind }) =>
    index === null || behind === null ? [] : [{ name, state, index, behind }],
  );
  const most = Math.max(0, ...known.map(({ behind }) => behind));
  const shown = Math.max(leastShown, Math.ceil(most * 2));
  const from = Math.max(0, head - shown);
  const span = Math.max(1, head - from);
  const lanes = known.map(({ name, state, index, behind }): Lane => {
    const isStopped = state !== 'serving';
    return {
      name,
      kind: isStopped ? 'stopped' : behind > 0 ? 'behind' : 'serving',
      to: Math.min(1, Math.max(0, (head - behind - from) / span)),
      index: indexNow({ state, index, behind }, head) ?? index,
      behind,
    };
  });
  return { from, lanes };
}
