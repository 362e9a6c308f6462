import { type Applied, apply } from '../../core/apply.ts';
import { Newer } from '../../core/entry.ts';
import { emptyState, type State } from '../../core/group/state.ts';
import { stateHash } from '../../core/snapshot/state-hash.ts';
import { type Log, type LogEntry, LogFailure, NewerLog, Trimmed } from '../../log/log.ts';
import { realSurroundings } from '../clock.ts';
import { readEntry } from '../read-entry.ts';
import { defaultCheckpointLimits, StateCheckpoints } from './state-checkpoints.ts';

/** The state that a replay of a log comes to. */
export interface Replayed {
  /** Index of the checkpoint it began with; 0: from the start. */
  readonly from: number;
  readonly head: number;
  readonly groups: number;
  /** The state hash: the same for every replay of the same entries. */
  readonly hash: string;
}

/**
 * Reads a log from its checkpoint to its end, or to entry `to`, through `apply`. Throws `LogFailure` naming what cannot
 * be read, and `Trimmed` when its checkpoint is later than that.
 */
export async function replayed(log: Log, to?: number): Promise<Replayed> {
  const state = emptyState();
  const checkpoints = new StateCheckpoints(state, log, realSurroundings(), defaultCheckpointLimits);
  const head = to ?? (await log.head());
  await checkpoints.restore();
  const from = state.index;
  if (from > head) throw new Trimmed(`the checkpoint is of entry ${from}, later than ${head}`);
  if (from < head) {
    for await (const read of log.entries(from + 1, new AbortController().signal)) {
      const { changed } = applied(state, read);
      checkpoints.applied(read.bytes.length, changed);
      if (read.index === head) break;
    }
  }
  return { from, head, groups: state.groups.size, hash: stateHash(state) };
}

function applied(state: State, read: LogEntry): Applied {
  const entry = readEntry(read);
  try {
    return apply(state, entry, read.index);
  } catch (error) {
    if (error instanceof Newer) throw new NewerLog(error.message);
    throw new LogFailure(`entry ${read.index} cannot be applied: ${(error as Error).message}`);
  }
}
