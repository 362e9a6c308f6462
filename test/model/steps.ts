import fc from 'fast-check';
import type { AckBy } from '../../src/core/types.ts';

/** Random steps of a history: what is done, by whom, when. */

export interface Step {
  readonly wait: number;
  readonly kind:
    | (typeof kinds)[number]
    | (typeof ballots)[number]
    | (typeof talk)[number]
    | (typeof acting)[number]
    | (typeof telling)[number];
  readonly agent: number;
  readonly value: number;
  readonly round: 'none' | 'open' | 'open' | 'past' | 'future';
  readonly seq: number;
  readonly key: number;
  readonly token: number;
  readonly note: string | undefined;
  /** What a message has beside its text. */
  readonly with: 'nothing' | 'to' | 'replyTo' | 'round' | 'inView' | 'all';
  readonly ackBy: AckBy | undefined;
}

const kinds = [
  'propose',
  'propose',
  'propose',
  'propose',
  'propose',
  'propose',
  'anonymous',
  'anonymous',
  'tell',
  'join',
  'join',
  'renew',
  'leave',
  'remove',
  'keys',
  'admission',
  'tick',
  'tick',
  'open',
  'close',
  'close-agent',
  'waive',
  'waive',
  'waive-agent',
  'deadline',
  'deadline-agent',
  'invite',
  'redeem',
  'redeem',
  'revoke',
  'subject',
  'rule',
  'delete',
  'say',
  'say',
  'say-again',
  'cursor',
  'claim',
  'claim',
  'spend',
] as const;

/** For a group whose agents know the way: they join and vote, and change their minds. */
const ballots = [
  ...(['vote', 'vote', 'vote', 'vote', 'vote', 'vote', 'change', 'change', 'change', 'change'] as const),
  ...(['propose', 'anonymous', 'tell', 'tick', 'open', 'close', 'waive', 'deadline', 'leave'] as const),
] as const;

/** For a group that talks more than it votes. */
const talk = [
  ...([
    // Speak: says it under the agent's own token, joining before if need be.
    'speak',
    'speak',
    'speak',
    'speak',
    'say',
    'say',
    'say-again',
    'cursor',
    'cursor',
    'cursor',
    'cursor',
  ] as const),
  ...([
    'join',
    'join',
    'join',
    'join',
    'leave',
    'renew',
    'tick',
    'invite',
    'redeem',
    'propose',
    'close',
  ] as const),
  ...(['admission', 'rule', 'open', 'delete', 'remove', 'revoke'] as const),
] as const;

const stepOf = (among: readonly Step['kind'][]): fc.Arbitrary<Step> =>
  fc.record({
    wait: fc.constantFrom(0, 0, 0, 100, 300, 700, 1500, 5000),
    kind: fc.constantFrom(...among),
    agent: fc.nat(4),
    value: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5),
    round: fc.constantFrom(
      'none' as const,
      'open' as const,
      'open' as const,
      'past' as const,
      'future' as const,
    ),
    seq: fc.nat(4),
    key: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2),
    token: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2),
    note: fc.constantFrom(undefined, undefined, undefined, 'because', 'secret-note'),
    with: fc.constantFrom<Step['with']>(
      'nothing',
      'nothing',
      'nothing',
      'to',
      'to',
      'to',
      'replyTo',
      'round',
      'inView',
      'all',
    ),
    ackBy: fc.constantFrom(undefined, undefined, 1, 2, 3, 'majority' as const, 'all' as const),
  });

/** For a group that decides often and acts on what it has decided. */
const acting = [
  ...(['vote', 'vote', 'vote', 'vote', 'vote', 'open', 'close', 'tick', 'subject', 'delete'] as const),
  // Act: claims the decision if it is free, and else says that it is done.
  ...([
    'act',
    'act',
    'act',
    'claim',
    'claim',
    'claim-agent',
    'renew-claim',
    'renew-claim',
    'spend',
    'give-back',
  ] as const),
  ...(['join', 'leave', 'revoke', 'admission'] as const),
];

/** For a group that decides often and tells of it. */
const telling = [
  ...([
    'vote',
    'vote',
    'vote',
    'vote',
    'vote',
    'open',
    'close',
    'close',
    'tick',
    'subject',
    'delete',
  ] as const),
  ...([
    'hook',
    'hook',
    'hook',
    'unhook',
    'test-hook',
    'test-hook',
    'test-hook',
    'replay',
    'replay',
    'lead',
    'lead',
  ] as const),
  ...(['deliver', 'deliver', 'deliver', 'fail', 'fail', 'fail', 'fail', 'admission'] as const),
] as const;

/** What is done to a group that tries everything, to one that votes, one that talks, one that acts, or one that tells. */
export const stepsOf: fc.Arbitrary<Step[]> = fc.oneof(
  fc.array(stepOf(kinds), { maxLength: 30, size: 'max' }),
  fc.array(stepOf(ballots), { maxLength: 30, size: 'max' }),
  fc.array(stepOf(talk), { maxLength: 30, size: 'max' }),
  fc.array(stepOf(acting), { maxLength: 30, size: 'max' }),
  fc.array(stepOf(telling), { maxLength: 30, size: 'max' }),
);
