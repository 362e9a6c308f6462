import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '../../src/core/result.ts';
import type { Json, Preset, Settings } from '../../src/core/types.ts';
import type { RuleJson } from '../../src/core/view/json-types.ts';
import { viewRule } from '../../src/core/view/rule.ts';
import { type Played, play } from './transcript.ts';

/** Every transcript beside this file says what happens; UPDATE_SCENARIOS=1 rewrites them as it happens now. */
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));
const update = process.env.UPDATE_SCENARIOS === '1';
const played = new Map<string, Played>();

describe('scenarios', () => {
  it.each(files)('%s', (name) => {
    const path = `${import.meta.dirname}/${name}`;
    const text = readFileSync(path, 'utf8');
    const result = play(text);
    played.set(name, result);
    if (update) writeFileSync(path, result.text);
    else expect(result.text, 'UPDATE_SCENARIOS=1 rewrites the transcript').toBe(text);
  });

  it('show every refusal', () => {
    const codes = new Set(
      all(({ results }) => results).flatMap((result) => (result.ok ? [] : [result.code])),
    );
    const unseen = Object.keys(refusals).filter((code) => !codes.has(code as RefusalCode));
    // Refused before there is a command: the core never answers it.
    expect(unseen).toEqual(['reserved-name']);
  });

  it('show every value of every setting', () => {
    const settings = all((one) => one.settings);
    const unseen: string[] = [];
    for (const [field, kinds] of Object.entries(kindsOf)) {
      const used = new Set(
        settings.map(({ rule }) => kindOf(viewRule(rule)[field as keyof RuleJson] as Json)),
      );
      unseen.push(...kinds.filter((kind) => !used.has(kind)).map((kind) => `${field}: ${kind}`));
    }
    for (const preset of Object.keys(presets) as Preset[])
      if (!settings.some((one) => one.preset === preset)) unseen.push(`preset ${preset}`);
    for (const admission of ['open', 'key', 'invite'])
      if (!settings.some((one) => one.admission === admission)) unseen.push(`admission ${admission}`);
    const closers = new Set(settings.map(({ mayClose }: Settings) => kindOf(mayClose as Json)));
    expect([...closers].sort()).toEqual(['"admin"', '"agents"', 'list']);
    expect(unseen).toEqual([]);
  });
});

function all<T>(part: (one: Played) => readonly T[]): T[] {
  return [...played.values()].flatMap(part);
}

/** A word as it stands; of everything else what it is: the names of an object, or the type. */
function kindOf(value: Json): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : 'list';
  return typeof value === 'object' ? Object.keys(value).sort().join('+') : typeof value;
}

/** The compiler sees to it that no setting and no refusal is missing here. */
const kindsOf: Readonly<Record<keyof RuleJson, readonly string[]>> = {
  electorate: [
    'size',
    'agents',
    'live',
    'all',
    'any',
    'atLeast+of',
    'all+else',
    'any+else',
    'atLeast+else+of',
  ],
  threshold: ['"majority"', '"two-thirds"', '"unanimous"', 'number', 'den+num+strict'],
  of: ['"eligible"', '"present"', '"cast"'],
  floor: ['number', 'cast+present'],
  equality: ['"exact"', '"text"', 'set', 'by+field', 'tolerance', 'relative+tolerance'],
  weights: ['null', 'ann+bob'],
  close: ['"all"', '"early"'],
  tie: ['"fail"', '"seeded"', 'priority'],
  minWait: ['null', 'number'],
  lastCall: ['null', 'number'],
  deadline: ['null', 'number'],
  onDeadline: ['"fail"', '"decide"', 'default'],
  absent: ['"counts-against"', '"excluded"'],
  reveal: ['"close"', '"live"', '"never"'],
  revote: ['false', 'true'],
  next: ['"until-success"', '"continuous"', '"manual"'],
  maxRounds: ['null', 'number'],
  veto: ['empty', 'list'],
  required: ['empty', 'list'],
  options: ['null', 'list'],
  wins: ['null', 'list'],
  deadlineFrom: ['"open"', '"first-proposal"'],
  decide: ['"proposed"', '"median"', '"mean"'],
  valueBytes: ['number'],
};

const presets: Readonly<Record<Preset, true>> = {
  classroom: true,
  majority: true,
  unanimous: true,
  panel: true,
  gate: true,
  poker: true,
};

const refusals: Readonly<Record<RefusalCode, true>> = {
  'group-not-found': true,
  'revision-mismatch': true,
  'no-open-round': true,
  'group-exhausted': true,
  'round-closed': true,
  'round-not-open': true,
  'round-open': true,
  'already-proposed': true,
  'stale-seq': true,
  'not-eligible': true,
  'not-a-voter': true,
  'round-full': true,
  'electorate-incomplete': true,
  'not-a-number': true,
  'note-too-long': true,
  'not-an-option': true,
  'too-large': true,
  'no-such-field': true,
  'key-reused': true,
  'agent-not-found': true,
  'agent-taken': true,
  'role-differs': true,
  'token-required': true,
  'token-wrong': true,
  'join-key-wrong': true,
  'no-keys': true,
  'no-invites': true,
  'not-invited': true,
  'invite-used': true,
  'invite-wrong': true,
  'may-not-close': true,
  'may-not-waive': true,
  'cannot-be-waived': true,
  'deadline-out-of-range': true,
  'not-in-view': true,
  'view-changed': true,
  'messages-not-kept': true,
  'message-not-found': true,
  'cursor-ahead': true,
  'ack-out-of-reach': true,
  'limit-reached': true,
  'no-decision': true,
  superseded: true,
  claimed: true,
  spent: true,
  'stale-fence': true,
  'may-not-spend': true,
  'webhook-not-found': true,
  'webhook-disabled': true,
  'delivery-not-found': true,
  'round-not-kept': true,
  'reserved-name': true,
};
