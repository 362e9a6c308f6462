import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Command, decodeEntry } from '../../src/core/entry.ts';
import { hashesOf, type ReplayHash } from './hashes.ts';

/** Logs recorded by releases, the coming one among them, and what they came to. Once released, none is recorded again. */
const folder = new URL('golden/', import.meta.url);
const releases = readdirSync(folder).flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -6)] : []));

const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

describe('the recorded log of release', () => {
  it.each(releases)('%s replays to the same states and answers [Q1.2] [Q1.4]', (release) => {
    const lines = read(`${release}.jsonl`).trimEnd().split('\n');
    const hashes = JSON.parse(read(`${release}.json`)) as ReplayHash[];
    expect(hashes.at(-1)?.index).toBe(lines.length);
    expect(hashesOf(lines)).toEqual(hashes);
  });

  it('of the newest release has every command', () => {
    const release = newest(releases);
    const types = new Set(
      read(`${release}.jsonl`)
        .trimEnd()
        .split('\n')
        .flatMap((line) => decodeEntry(Buffer.from(line)).commands.map(({ type }) => type)),
    );
    expect([...types].sort()).toEqual(Object.keys(commandTypes).sort());
  });

  it('is there', () => {
    expect(releases).toContain('0.1.0');
  });
});

function newest(versions: readonly string[]): string | undefined {
  return [...versions].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}

/** The compiler sees to it that none is missing. */
const commandTypes: Readonly<Record<Command['type'], true>> = {
  'put-group': true,
  'delete-group': true,
  propose: true,
  tell: true,
  'open-round': true,
  'close-round': true,
  join: true,
  renew: true,
  leave: true,
  'remove-agent': true,
  'put-keys': true,
  tick: true,
  activate: true,
  'set-deadline': true,
  waive: true,
  'put-invite': true,
  redeem: true,
  'revoke-invite': true,
  say: true,
  'set-cursor': true,
  claim: true,
  'renew-claim': true,
  'spend-claim': true,
  'give-back-claim': true,
  'put-webhook': true,
  'delete-webhook': true,
  'test-webhook': true,
  'replay-delivery': true,
  'take-deliveries': true,
  delivered: true,
  'delivery-failed': true,
};
