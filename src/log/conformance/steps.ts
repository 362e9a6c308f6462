import type { Checkpoint, CheckpointRecord, CheckpointWrite, Log, LogEntry } from '../log.ts';
import { check, same, within } from './checks.ts';

export type Changes = Readonly<Record<string, string | null>>;

/** A full checkpoint with this state, in slices of 64 keys. */
export function full(index: number, state: Changes): CheckpointWrite {
  async function* records(): AsyncGenerator<CheckpointRecord[]> {
    const all = Object.entries(state).map(([key, value]) => ({
      key,
      bytes: value === null ? null : text(value),
    }));
    for (let at = 0; at < all.length; at += 64) yield all.slice(at, at + 64);
  }
  return { index, full: true, records: records() };
}

interface Restored {
  readonly index: number;
  readonly state: Readonly<Record<string, string>>;
}

/** The latest checkpoint of a log, read to its end; null without one. */
export async function restored(log: Log): Promise<Restored | null> {
  const checkpoint = await log.restore();
  return checkpoint && recordsOf(checkpoint);
}

export async function recordsOf(checkpoint: Checkpoint): Promise<Restored> {
  const state = new Map<string, string>();
  for await (const { key, bytes } of checkpoint.records) {
    check(bytes !== null, `a restored checkpoint holds no deleted key, such as "${key}"`);
    check(!state.has(key), `a restored checkpoint holds "${key}" once`);
    state.set(key, new TextDecoder().decode(bytes!));
  }
  return { index: checkpoint.index, state: Object.fromEntries(state) };
}

/** Appends an entry that must be taken; returns its index. */
export async function append(log: Log, bytes: Uint8Array): Promise<number> {
  const appended = await log.append(bytes);
  if (!appended.ok) throw new Error(`append was refused: ${appended.reason}, ${appended.detail}`);
  return appended.index;
}

/** Appends the entries "from", ..., "to". */
export async function appendAll(log: Log, from: number, to: number): Promise<void> {
  for (const word of numbered(from, to)) await append(log, text(word));
}

/** The next `count` entries; `between` is awaited after each of them. */
export function take(
  log: Log,
  from: number,
  count: number,
  between: (() => Promise<void>) | null = null,
): Promise<LogEntry[]> {
  const taking = taken(log, from, count, between);
  // A case that reads while it appends may fail before it looks at what was read.
  taking.catch(() => {});
  return taking;
}

async function taken(
  log: Log,
  from: number,
  count: number,
  between: (() => Promise<void>) | null,
): Promise<LogEntry[]> {
  const stop = new AbortController();
  const reading = (async () => {
    const read: LogEntry[] = [];
    for await (const entry of log.entries(from, stop.signal)) {
      read.push(entry);
      if (read.length === count) break;
      if (between) await between();
    }
    return read;
  })();
  try {
    const read = await within(`reading ${count} entries from ${from}`, 15_000, reading);
    const expected = Array.from({ length: count }, (_, at) => from + at);
    same(
      'indexes',
      read.map(({ index }) => index),
      expected,
    );
    return read;
  } finally {
    stop.abort();
  }
}

/** The next `count` entries as texts. */
export function words(log: Log, from: number, count: number): Promise<string[]> {
  const reading = take(log, from, count).then((read) =>
    read.map(({ bytes }) => new TextDecoder().decode(bytes)),
  );
  reading.catch(() => {});
  return reading;
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

export function pause(ms = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
