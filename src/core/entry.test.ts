import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCommand, proposal, settingsOf } from '../../test/harness/entries.ts';
import { holds } from '../../test/harness/property.ts';
import { type Command, decodeEntry, encodeCommand, encodeEntry, entryVersion, versionOf } from './entry.ts';
import type { Settings } from './types.ts';

const header = {
  version: entryVersion,
  writer: 'w',
  serial: 3,
  time: 1_700_000_000_000,
  server: 's',
  reckoned: 0,
  alone: false,
  seed: 42,
};
const command = (group: string): Command => ({
  type: 'tell',
  group,
  reader: 'Zoë "1"\n',
  identified: false,
});

describe('an entry as bytes [Q1.3]', () => {
  it('is UTF-8 JSON that any language can read', () => {
    const bytes = encodeEntry(header, [encodeCommand(command('a')), encodeCommand({ type: 'tick' })]);
    expect(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))).toEqual({
      ...header,
      commands: [command('a'), { type: 'tick' }],
    });
  });

  it('comes back as it was', () => {
    holds(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), (groups) => {
        const commands = groups.map(command);
        const entry = decodeEntry(encodeEntry(header, commands.map(encodeCommand)));
        expect(entry).toEqual({ ...header, commands });
      }),
    );
  });

  it('of a proposal is what JSON.stringify writes, whatever its texts hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom('\ud800', '"', '\\', '\u007f', '\n'),
    );
    const orNull = fc.option(text);
    const count = fc.option(fc.oneof(fc.nat(), fc.constantFrom(1e21, Number.MAX_SAFE_INTEGER)));
    const rest = fc.oneof(fc.tuple(count, orNull, orNull), fc.constant([null, null, null] as const));
    const note = fc.oneof(
      fc.constant({}),
      text.map((note) => ({ note })),
    );
    const parts = fc.tuple(text, count, orNull, orNull, rest, note);
    holds(
      fc.property(parts, ([group, round, agent, value, [seq, tokenHash, key], noted]) => {
        const mine = { seq, tokenHash, key, ...noted };
        const proposing: Command = { type: 'propose', group, round, agent, value, ...mine };
        expect(encodeCommand(proposing)).toBe(JSON.stringify(proposing));
        const names = { ...header, writer: group, server: agent ?? '' };
        const entry = new TextDecoder().decode(encodeEntry(names, []));
        const { version, writer, serial, server, time, reckoned, alone, seed } = names;
        const inOrder = { version, writer, serial, server, time, reckoned, alone, seed, commands: [] };
        expect(entry).toBe(JSON.stringify(inOrder));
      }),
    );
  });

  const damage = ['', 'null', '7', '{}', '{"commands":{}}', '{"version":1', '\ud800'];
  const timeless = ['{"commands":[]}', '{"commands":[],"time":1}', '{"commands":[],"reckoned":1}'];
  it.each([...damage, ...timeless])('%j is damage [Q1.3]', (text) => {
    expect(() => decodeEntry(new TextEncoder().encode(text))).toThrow();
  });

  it('bytes that are no UTF-8 are damage', () => {
    expect(() => decodeEntry(Uint8Array.of(0x22, 0xff, 0x22))).toThrow();
  });
});

describe('the version that a command needs [Q1.11]', () => {
  const panel = { role: 'people', agents: ['a', 'b'], threshold: 1 };
  const put = (rule: object, more: object = {}): number => {
    const settings = settingsOf({});
    return versionOf(
      createCommand('g', { ...settings, ...more, rule: { ...settings.rule, ...rule } } as Settings),
    );
  };

  it.each([{}, { equality: 'text' }, { equality: { tolerance: 1 } }, { electorate: { any: [panel] } }])(
    'is 1 for a group with %j',
    (rule) => {
      expect(put(rule)).toBe(1);
    },
  );

  it.each([
    { options: [] },
    { floor: { present: 1, cast: 1 } },
    { equality: { set: true } },
    { equality: { tolerance: 0, relative: { num: 1, den: 2 } } },
    { equality: { tolerance: 1 }, electorate: { any: [panel] } },
  ])('is 2 for a group with %j', (rule) => {
    expect(put(rule)).toBe(2);
  });

  it('is 2 for a group with invites, or somebody who may waive, and 1 for what version 1 knows', () => {
    expect(put({}, { admission: 'invite' })).toBe(2);
    expect(put({}, { mayWaive: ['a'] })).toBe(2);
    expect(put({}, { maySpend: 'agents' })).toBe(2);
    expect(put({}, { admission: 'key' })).toBe(1);
    expect(versionOf(command('g'))).toBe(1);
  });

  it('is 2 for a deadline that somebody sets, and for a waiver', () => {
    const right = { group: 'g', round: 1, by: null, tokenHash: null };
    const set: Command = { type: 'set-deadline', deadline: null, ifRevision: null, ...right };
    const waive: Command = { type: 'waive', agent: 'a', reason: 'away', ...right };
    expect([set, waive].map(versionOf)).toEqual([2, 2]);
  });

  it('is 2 for claims', () => {
    const use = { group: 'g', round: 1, fence: 1, by: null, tokenHash: null };
    const { fence: _, ...right } = use;
    const claims: Command[] = [
      { type: 'claim', holder: 'r', lease: 1000, ...right },
      { type: 'renew-claim', ...use },
      { type: 'spend-claim', result: 'null', ...use },
      { type: 'give-back-claim', ...use },
    ];
    expect(claims.map(versionOf)).toEqual([2, 2, 2, 2]);
  });

  it('is 2 for webhooks and deliveries', () => {
    const use = { group: 'g', id: 'w', byKeyHash: null };
    const settings = { url: 'https://a.example', states: 'all', format: 'standard' } as const;
    const attempt = { group: null, id: 'w', made: 1, number: 1, attempt: 1, fence: 1 };
    const commands: Command[] = [
      { type: 'put-webhook', ...use, ...settings, keepSecret: false, secret: 's' },
      { type: 'delete-webhook', ...use },
      { type: 'test-webhook', ...use, key: null },
      { type: 'replay-delivery', ...use, number: 1 },
      { type: 'take-deliveries', server: 's', lease: 10_000 },
      { type: 'delivered', ...attempt },
      { type: 'delivery-failed', ...attempt, error: '500', retryAfter: null, gone: false },
    ];
    expect(new Set(commands.map(versionOf))).toEqual(new Set([2]));
  });

  it('is 2 for messages, cursors, and a group that says how many messages it keeps', () => {
    const say: Command = { type: 'say', group: 'g', tokenHash: 't', body: '1', key: null };
    const cursor: Command = { type: 'set-cursor', group: 'g', agent: 'a', tokenHash: 't', offset: 1 };
    expect([say, cursor].map(versionOf)).toEqual([2, 2]);
    expect(put({}, { retention: { rounds: 3, idle: null } })).toBe(1);
    expect(put({}, { retention: { rounds: null, idle: null, messages: 10 } })).toBe(2);
  });

  it('is 2 for a proposal with a note, or an agent with a name or a kind', () => {
    const plain = proposal('g', 1, 'a', '1');
    expect([plain, { ...plain, note: 'why' }].map(versionOf)).toEqual([1, 2]);
    const how = { role: null, ttl: 1000, tokenHash: 't', joinKeyHash: null };
    const join: Command = { type: 'join', group: 'g', agent: 'a', ...how };
    const said = [join, { ...join, name: 'Ann' }, { ...join, kind: 'model' }] as const;
    expect(said.map(versionOf)).toEqual([1, 2, 2]);
  });
});
