import { apply } from '../core/apply.ts';
import { decodeEntry } from '../core/entry.ts';
import { emptyState } from '../core/group/state.ts';
import { stateHash } from '../core/snapshot/state-hash.ts';
import { type Log, LogFailure, Trimmed } from '../log/log.ts';
import { Checkpoints, defaultCheckpointLimits } from './checkpoints.ts';
import { realSurroundings } from './clock.ts';

/** What a log adds up to when it is replayed. */
export interface Replayed {
  /** Index of the checkpoint it began with; 0: from the start. */
  readonly from: number;
  readonly head: number;
  readonly groups: number;
  /** Fingerprint of the state: the same for every replay of the same history. */
  readonly hash: string;
}

/**
 * Reads a log from its checkpoint to its end, or to entry `to`, through `apply`. Throws `LogFailure` naming what cannot
 * be read, and `Trimmed` when its checkpoint is later than that.
 */
export async function replayed(log: Log, to?: number): Promise<Replayed> {
  const state = emptyState();
  const checkpoints = new Checkpoints(state, log, realSurroundings(), defaultCheckpointLimits);
  const head = to ?? (await log.head());
  await checkpoints.restore();
  const from = state.index;
  if (from > head) throw new Trimmed(`the checkpoint is of entry ${from}, later than ${head}`);
  if (from < head) {
    for await (const { index, bytes } of log.entries(from + 1, new AbortController().signal)) {
      checkpoints.applied(bytes.length, applied(state, index, bytes));
      if (index === head) break;
    }
  }
  return { from, head, groups: state.groups.size, hash: stateHash(state) };
}

function applied(
  state: ReturnType<typeof emptyState>,
  index: number,
  bytes: Uint8Array,
): ReadonlySet<string> {
  try {
    return apply(state, decodeEntry(bytes), index).changed;
  } catch (error) {
    throw new LogFailure(`entry ${index} cannot be read: ${(error as Error).message}`);
  }
}
