import { decodeEntry, entryVersion } from '../core/entry.ts';
import { versionsOfState } from '../core/snapshot/globals.ts';
import { snapshotVersion } from '../core/snapshot/header.ts';
import type { Log } from '../log/log.ts';
import { globalsKey } from './checkpoints/record-keys.ts';

/** The versions of what a log holds, or of what a release writes. */
export interface LogVersions {
  /** The newest that entries may have, as the log itself says. [Q1.11] */
  readonly entries: number;
  /** Of the records of the latest checkpoint; null: there is none. */
  readonly checkpoint: number | null;
}

/** What this release understands and, once it is active, writes. */
export const ownVersions = { entries: entryVersion, checkpoint: snapshotVersion } as const;

/** The versions of a log, also of one that a newer release wrote: it is read, and nothing is applied. */
export async function logVersions(log: Pick<Log, 'restore' | 'entries' | 'head'>): Promise<LogVersions> {
  let entries = 1;
  let checkpoint: number | null = null;
  const restored = await log.restore();
  for await (const { key, bytes } of restored?.records ?? []) {
    if (key !== globalsKey) continue;
    const found = versionsOfState(Buffer.from(bytes as Uint8Array).toString());
    [entries, checkpoint] = [found.active, found.record];
    break;
  }
  const head = await log.head();
  const from = (restored?.index ?? 0) + 1;
  if (from > head) return { entries, checkpoint };
  for await (const { index, bytes } of log.entries(from, new AbortController().signal)) {
    const { version, commands } = decodeEntry(bytes);
    entries = Math.max(entries, version);
    for (const command of commands)
      if (command.type === 'activate') entries = Math.max(entries, command.version);
    if (index === head) break;
  }
  return { entries, checkpoint };
}
