import type { Command, Entry } from './types.ts';

/** An entry as bytes: JSON, so that a log can be read by eye and by any language. [Q1.3] */

/** Puts an entry together from its header and the JSON texts of its commands. */
export function encodeEntry(header: Omit<Entry, 'commands'>, commands: readonly string[]): Uint8Array {
  const { version, writer, serial, server, time, reckoned, alone, seed } = header;
  const head = JSON.stringify({ version, writer, serial, server, time, reckoned, alone, seed });
  return encoder.encode(`${head.slice(0, -1)},"commands":[${commands.join(',')}]}`);
}

export function encodeCommand(command: Command): string {
  return JSON.stringify(command);
}

/** Throws on bytes that are no entry: the log is damaged or foreign. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const entry = JSON.parse(decoder.decode(bytes)) as Entry;
  if (typeof entry !== 'object' || entry === null || !Array.isArray(entry.commands))
    throw new Error('not an entry');
  // Without these log time would be no number, and nothing would run out any more.
  if (!Number.isFinite(entry.time) || !Number.isFinite(entry.reckoned))
    throw new Error('not an entry of this version: it has no time');
  return entry;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
