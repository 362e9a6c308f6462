import type { Type } from 'typebox';
import { expect, test } from 'vitest';
import type { Electorate, Equality, Json, Part, Stats, Threshold } from '../../core/types.ts';
import type { Explanation } from '../../core/view/explain.ts';
import type { GroupRowJson } from '../../core/view/group-row.ts';
import type {
  AcknowledgementsJson,
  AgentJson,
  EventJson,
  GroupJson,
  InviteJson,
  ItemJson,
  MemberJson,
  MessageJson,
  ProblemJson,
  ProposalJson,
  RoundJson,
  RuleJson,
  SnapshotJson,
  StabilityJson,
  TallyJson,
} from '../../core/view/json-types.ts';
import type { GoodbyeJson } from '../events/frames.ts';
import { schemas } from './schemas.ts';

/** Schemas and JSON types say the same: the compiler checks it here, in both directions. */

type Frozen<T> = Json extends T ? 'any JSON' : Members<T>;
type Members<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
type Of<Name extends keyof typeof schemas> = Frozen<Type.Static<(typeof schemas)[Name]>>;
type Same<A, B> = [A] extends [Frozen<B>] ? ([Frozen<B>] extends [A] ? true : never) : never;

const same: {
  Round: Same<Of<'Round'>, RoundJson>;
  Tally: Same<Of<'Tally'>, TallyJson>;
  Stats: Same<Of<'Stats'>, Stats>;
  Group: Same<Of<'Group'>, GroupJson>;
  GroupRow: Same<Of<'GroupRow'>, GroupRowJson>;
  Agent: Same<Of<'Agent'>, AgentJson>;
  ListedInvite: Same<Of<'ListedInvite'>, InviteJson>;
  Event: Same<Of<'Event'>, EventJson>;
  Snapshot: Same<Of<'Snapshot'>, SnapshotJson>;
  Goodbye: Same<Of<'Goodbye'>, GoodbyeJson>;
  Problem: Same<Of<'Problem'>, ProblemJson>;
  Rule: Same<Of<'Rule'>, RuleJson>;
  Threshold: Same<Of<'Threshold'>, Threshold>;
  Electorate: Same<Of<'Electorate'>, Electorate>;
  Part: Same<Of<'Part'>, Part>;
  Equality: Same<Of<'Equality'>, Equality>;
  CountedProposal: Same<Of<'CountedProposal'>, ProposalJson>;
  Item: Same<Of<'Item'>, ItemJson>;
  Acknowledgements: Same<Of<'Acknowledgements'>, AcknowledgementsJson>;
  ViewMember: Same<Of<'ViewMember'>, MemberJson>;
  MessageWithStability: Same<Of<'MessageWithStability'>, MessageJson & StabilityJson>;
  Explanation: Same<Of<'Explanation'>, Explanation & { index: number }>;
} = {
  Round: true,
  Tally: true,
  Stats: true,
  Group: true,
  GroupRow: true,
  Agent: true,
  ListedInvite: true,
  Event: true,
  Snapshot: true,
  Goodbye: true,
  Problem: true,
  Rule: true,
  Threshold: true,
  Electorate: true,
  Part: true,
  Equality: true,
  CountedProposal: true,
  Item: true,
  Acknowledgements: true,
  ViewMember: true,
  MessageWithStability: true,
  Explanation: true,
};

test('each schema that has a shape is a schema of the document', () => {
  expect(Object.keys(schemas)).toEqual(expect.arrayContaining(Object.keys(same)));
});

test('every reference leads to a schema', () => {
  const named = [...JSON.stringify(schemas).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, n]) => n);
  expect(Object.keys(schemas)).toEqual(expect.arrayContaining([...new Set(named)]));
});
