import { expect, it } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import type { Json } from '../../src/core/types.ts';
import { dump } from '../check/dump.ts';
import { createCommand, freshGroup, proposal, run, settingsOf } from '../harness/entries.ts';
import { FingerprintSet, Fingerprints } from './fingerprints.ts';

const seed = Number(process.env.PRINTS_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Whole numbers below some bound, the same for the same seed. */
function drawing(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it('fingerprints are equal exactly where the texts of two states are', () => {
  const draw = drawing(seed);
  const pick = <T>(items: readonly T[]): T => items[draw(items.length)] as T;
  const agent = () => pick(['a', 'b', 'c']);
  const rules: { [name: string]: Json }[] = [
    { electorate: { agents: ['a', 'b', 'c'] }, revote: true, minWait: 500, deadline: 4500 },
    { electorate: { agents: ['a', 'b', 'c'] }, deadline: 2500, deadlineFrom: 'first-proposal' },
    { electorate: { live: { min: 2, max: 3 } }, absent: 'excluded', next: 'continuous' },
    {
      electorate: { size: 2 },
      threshold: { num: 1, den: 2, strict: false },
      next: 'continuous',
      maxRounds: 3,
    },
  ];
  const settings = rules.flatMap((rule) =>
    [null, 'subject'].map((subjectHash) => settingsOf({ rule, subjectHash })),
  );
  settings.push(settingsOf({ rule: rules[0] as Json, admission: 'invite' }));
  const commands: readonly (() => Command)[] = [
    () => ({ ...proposal('g', null, pick(['a', 'b', 'c', null]), pick(['1', '2', null])), seq: draw(3) }),
    () => ({ ...proposal('g', null, agent(), '1'), key: pick(['k', 'l']), tokenHash: pick([null, 't']) }),
    () => ({
      type: 'join',
      group: 'g',
      agent: agent(),
      role: pick(['voter', 'observer']),
      ttl: pick([1500, 3000]),
      tokenHash: pick(['t', 'u']),
      joinKeyHash: null,
      ...pick([{}, { name: 'Ann' }]),
    }),
    () => ({ type: 'leave', group: 'g', agent: agent(), tokenHash: 't' }),
    () => ({ type: 'tell', group: 'g', reader: pick(['1', '2']), identified: pick([false, true]) }),
    () => ({
      ...{
        type: 'say',
        group: 'g',
        tokenHash: pick(['t', 'u']),
        body: pick(['1', '2']),
        key: pick(['k', null]),
      },
      ...pick([{}, { ackBy: 1 }, { to: ['a'] }]),
    }),
    () => ({ type: 'set-cursor', group: 'g', agent: agent(), tokenHash: pick(['t', 'u']), offset: draw(9) }),
    () => createCommand('g', pick(settings)),
    () => createCommand('h', pick(settings)),
    () => ({ type: 'close-round', group: 'g', round: 1, ifRevision: null, by: null, tokenHash: null }),
    () => ({ ...proposal('g', null, agent(), '2'), note: pick(['why', 'so']) }),
    () => ({ type: 'waive', group: 'g', round: 1, agent: agent(), reason: 'ill', by: null, tokenHash: null }),
    () => ({
      type: 'set-deadline',
      group: 'g',
      round: 1,
      deadline: pick([null, { after: 1500 }, { at: 3000 }, { at: 6000 }]),
      ifRevision: null,
      by: null,
      tokenHash: null,
    }),
    () => ({
      type: 'put-invite',
      group: 'g',
      agent: agent(),
      role: pick(['voter', 'observer']),
      secretHash: pick(['s', 'r']),
      byKeyHash: null,
      ...pick([{}, { name: 'Ann' }]),
    }),
    () => ({
      type: 'redeem',
      group: 'g',
      agent: agent(),
      secretHash: pick(['s', 'r']),
      tokenHash: pick(['t', 'u']),
    }),
    () => ({ type: 'revoke-invite', group: 'g', agent: agent(), byKeyHash: null }),
    () => ({ type: 'tick' }),
  ];
  const prints = new Fingerprints();
  const textOf = new Map<number, string>();
  const printOf = new Map<string, number>();
  let met = 0;
  for (let walk = 0; walk < 1000; walk += 1) {
    const state = freshGroup('g', pick(settings), { time: 1000, seed: 9 });
    for (let step = 0; step < 12; step += 1) {
      run(state, [pick(commands)()], { time: state.time + pick([0, 0, 1000]), seed: 9 });
      const text = dump(state);
      const print = prints.of(state);
      if (printOf.has(text)) met += 1;
      const rerun = `PRINTS_SEED=${seed} npx vitest run test/model/prints.test.ts\n${text}`;
      expect(textOf.get(print) ?? text, rerun).toBe(text);
      expect(printOf.get(text) ?? print, rerun).toBe(print);
      textOf.set(print, text);
      printOf.set(text, print);
    }
  }
  // Both halves of the promise were put to the test.
  expect(met).toBeGreaterThan(1000);
  expect(textOf.size).toBeGreaterThan(1000);
});

it('a set of fingerprints knows what was added to it, however full it grows', () => {
  const set = new FingerprintSet();
  const numbers = Array.from({ length: 5000 }, (_, i) => (i * 2 ** 40 + 7 * i) % 2 ** 53);
  for (const number of numbers) expect(set.add(number)).toBe(true);
  for (const number of numbers) expect(set.add(number)).toBe(false);
});
