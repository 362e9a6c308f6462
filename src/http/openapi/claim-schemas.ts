import { Type } from 'typebox';
import { limits } from '../../core/limits.ts';
import { closed, duration, index, json, name, orNull, revision, time, whole, words } from './schema-parts.ts';

/** The schemas of claims. */

const fence = Type.Integer({ minimum: 1, description: 'The number that came with the claim.' });
const holder = Type.String({
  minLength: 1,
  maxLength: limits.holderLength,
  description: 'Names this run; one that starts again takes another name.',
});

export const claimSchemas = {
  Claim: Type.Object({
    group: name(),
    round: whole(1),
    state: words('free', 'held', 'spent'),
    holder: orNull(Type.String()),
    by: orNull(Type.String({ description: 'An agent; null: the manager of the group, or nobody.' })),
    fence: orNull(whole(1)),
    until: orNull(time()),
    result: json('What came of the decision; null until it is spent.'),
    revision,
    index,
  }),
  NewClaim: Type.Object(
    {
      holder,
      lease: Type.Optional(duration()),
      value: Type.Optional(json('What must be decided; else the claim is refused.')),
      subjectHash: Type.Optional(orNull(Type.String({ minLength: 1, maxLength: limits.subjectHashLength }))),
    },
    closed,
  ),
  ClaimRenewal: Type.Object({ fence }, closed),
  ClaimDone: Type.Object({ fence, result: Type.Optional(json('Any JSON of at most 4,096 bytes.')) }, closed),
};
