import type { Published } from './find.ts';
import { liveRecords, type ReaderOptions } from './live-records.ts';
import { leastMergeBytes, mostFiles } from './sizes.ts';
import type { CheckpointWriter } from './writer.ts';

/**
 * Whether the files of a checkpoint are to be replaced by a full one: when the changes outweigh what they change. So at
 * most about twice the state is read at a start, and what merges write is paid for by what was written before them.
 */
export function isMergeDue({ chain }: Published): boolean {
  const [base, ...changes] = chain;
  if (base === undefined || changes.length === 0) return false;
  const bytes = changes.reduce((sum, { size }) => sum + size, 0);
  return chain.length > mostFiles || bytes >= Math.max(base.size, leastMergeBytes);
}

/** Writes what these files hold together; `check`, which may throw, is asked between two blocks. */
export async function copyLive(
  options: ReaderOptions,
  { chain }: Published,
  writer: CheckpointWriter,
  check: () => void,
): Promise<void> {
  for await (const { block, places } of liveRecords(options, chain)) {
    for (const place of places) {
      writer.block.copy(block, place);
      if (!writer.block.isFull) continue;
      check();
      await writer.flush();
    }
    check();
  }
}
