import { basename } from 'node:path';
import type { Disk } from './disk.ts';
import { recordAt } from './record.ts';
import { segmentsIn } from './segments.ts';

/** What the files of a log's segments hold, part after part, for a person to see. */
export type SegmentPart =
  | {
      readonly kind: 'segment';
      readonly name: string;
      readonly bytes: number;
      /** The entry that its first one follows; null where nothing was written yet, or its head does not check. */
      readonly follows: number | null;
    }
  | {
      readonly kind: 'entry';
      readonly index: number;
      readonly bytes: Uint8Array;
      /** Whether it does not count: a later owner, who had not seen it, went on from an earlier entry. */
      readonly isVoid: boolean;
    }
  /** Where a segment cannot be read on: at the end of a write that was cut short, or at damage. */
  | { readonly kind: 'torn' | 'damaged'; readonly name: string; readonly at: number };

/**
 * Every segment in `dir`, and the entries from `from` on, in order. Stops in a segment at the first record that does not check,
 * and goes on with the next segment.
 */
export async function* segmentContents(disk: Disk, dir: string, from: number): AsyncGenerator<SegmentPart> {
  const files = await Promise.all(segmentsIn(disk, dir).map((path) => headIn(disk, path)));
  for (const [i, { path, bytes, follows }] of files.entries()) {
    const name = basename(path);
    yield { kind: 'segment', name, bytes, follows };
    // Of what later segments follow, the earliest counts: it makes void what goes beyond it here.
    const until = Math.min(...files.slice(i + 1).map((later) => later.follows ?? Infinity), Infinity);
    if (until < from - 1) continue;
    const segment = await disk.read(path, 0, bytes);
    for (let at = 0; ; ) {
      const record = recordAt(segment, at);
      if (record === 'end') break;
      if (typeof record === 'string') {
        yield { kind: record, name, at };
        break;
      }
      const { kind, index, size } = record;
      at += size;
      if (kind === 'entry' && index >= from)
        yield { kind, index, bytes: record.bytes, isVoid: index > until };
    }
  }
}

const headReadBytes = 4096;

async function headIn(disk: Disk, path: string) {
  const bytes = await disk.size(path);
  const head = recordAt(await disk.read(path, 0, headReadBytes), 0);
  const follows = typeof head === 'object' && head.kind === 'head' ? head.index : null;
  return { path, bytes, follows };
}
