import { join } from 'node:path';
import type { Command, Entry } from './core/entry.ts';
import { segmentContents } from './log/file/contents.ts';
import { realDisk } from './log/file/disk.ts';
import { openFileReader } from './log/file/engine.ts';
import { globalsKey, headerBytes } from './replica/checkpoints/record-keys.ts';
import { readEntry } from './replica/read-entry.ts';

/** One part of what a log holds, as a person reads it. */
export type LogPart =
  | { readonly segment: string; readonly bytes: number; readonly follows: number | null }
  | ({
      readonly entry: number;
      /** Of the clock of the server that wrote it, ISO 8601. */
      readonly time: string;
      readonly void?: true;
    } & Pick<Entry, 'server' | 'writer' | 'serial' | 'seed' | 'commands'>)
  | { readonly unreadable: 'torn' | 'damaged'; readonly segment: string; readonly at: number }
  | { readonly checkpoint: number }
  | { readonly record: string; readonly bytes: number; readonly text: string }
  /** What was left out: so many records, or the entries from here on. */
  | { readonly moreRecords: number }
  | { readonly moreFrom: number };

export interface ContentsOptions {
  /** The first entry that is shown. */
  readonly from: number;
  /** How many entries are shown, and how many records of each checkpoint. */
  readonly limit: number;
}

/** What the log in `dir` holds: segments with their entries, then checkpoints with their records, the older one first. */
export async function* logContents(dir: string, options: ContentsOptions): AsyncGenerator<LogPart> {
  yield* entriesIn(dir, options);
  let shown = 0;
  for (const restoreFrom of ['previous', 'latest'] as const) {
    const log = await openFileReader(dir, { restoreFrom });
    try {
      const checkpoint = await log.restore();
      // A log that was restored has two that are the same.
      if (checkpoint === null || checkpoint.index === shown) continue;
      shown = checkpoint.index;
      yield { checkpoint: shown };
      let count = 0;
      for await (const { key, bytes } of checkpoint.records) {
        count += 1;
        if (count <= options.limit) yield recordPart(key, Buffer.from(bytes as Uint8Array));
      }
      if (count > options.limit) yield { moreRecords: count - options.limit };
    } finally {
      await log.close();
    }
  }
}

async function* entriesIn(dir: string, { from, limit }: ContentsOptions): AsyncGenerator<LogPart> {
  let shown = 0;
  for await (const part of segmentContents(realDisk, join(dir, 'log'), from)) {
    if (part.kind === 'segment') {
      const { name: segment, bytes, follows } = part;
      yield { segment, bytes, follows };
    } else if (part.kind === 'entry') {
      if (shown === limit) return yield { moreFrom: part.index };
      shown += 1;
      const { time, server, writer, serial, seed, commands } = readEntry(part);
      const iso = new Date(time).toISOString();
      const isVoid = part.isVoid ? ({ void: true } as const) : {};
      const about = { server, writer, serial, seed };
      yield { entry: part.index, time: iso, ...isVoid, ...about, commands: commands.map(withoutSecret) };
    } else yield { unreadable: part.kind, segment: part.name, at: part.at };
  }
}

function recordPart(record: string, bytes: Buffer): LogPart {
  const text = bytes.toString('utf8', record === globalsKey ? 0 : headerBytes);
  return { record, bytes: bytes.length, text: text.replaceAll(secretsInRecords, hiddenInRecord) };
}

const hidden = '(hidden)';

/** Secrets of webhooks sign what is sent, and the addresses of some are secrets too: of those the host is enough to see. [Q11.3] */
function withoutSecret(command: Command): Command {
  if (command.type !== 'put-webhook') return command;
  return { ...command, url: hostOf(command.url), secret: hidden };
}

/** An address and the secrets behind it, as the record of a webhook has them. */
const secretsInRecords = /"(https?:[^"]*)","whsec_[^"]*"(,"whsec_[^"]*")?/g;

function hiddenInRecord(_: string, url: string, former: string | undefined): string {
  const more = former === undefined ? '' : `,"${hidden}"`;
  return `"${hostOf(url)}","${hidden}"${more}`;
}

function hostOf(url: string): string {
  return `${/^https?:\/\/[^/?#]*/.exec(url)?.[0] ?? ''}/${hidden}`;
}
