import { type Static, type TSchema, Type } from 'typebox';
import { catalogue } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { Equality, Option, OutcomeReason, Preset, Retention, Stats } from '../../core/types.ts';
import type { Ending } from '../../core/view/explain.ts';
import type {
  CountedJson,
  DeadlineSetJson,
  GroupJson,
  ProposalJson,
  RoundJson,
  RuleJson,
  TallyJson,
  WaiverJson,
} from '../../core/view/json-types.ts';
import { peopleSchemas, shownName } from './people-schemas.ts';
import { ruleSchemas } from './rule-schemas.ts';
import {
  closed,
  duration,
  durations,
  index,
  json,
  key,
  name,
  names,
  orNull,
  ref,
  revision,
  time,
  unionOf,
  whole,
  words,
} from './schema-parts.ts';

/**
 * The JSON of every body, as JSON Schema: for the document, and for the tests that compare what the server sends with it.
 * They validate nothing at run time: input.ts and settings.ts are stricter and say better what is wrong. schemas.test.ts
 * checks that the schemas and the types of the core are the same.
 */

const closers = { MayCloseName: words('admin', 'agents'), AgentNames: names() };
const waivers = { MayWaiveName: words('admin'), AgentNames: closers.AgentNames };
const settings = {
  title: orNull(Type.String({ minLength: 1, maxLength: limits.titleLength })),
  preset: orNull(ref<Preset>('Preset')),
  admission: words('open', 'key', 'invite'),
  mayClose: unionOf(closers),
  mayWaive: unionOf(waivers),
  subjectHash: orNull(Type.String({ minLength: 1, maxLength: limits.subjectHashLength })),
};
const kept = orNull(Type.Integer({ minimum: 1, maximum: limits.roundsKept }));
const retentionSettings = Type.Partial(Type.Object({ rounds: kept, idle: orNull(duration()) }, closed));
const group = Type.Object({
  group: name(),
  ...settings,
  rule: ref<RuleJson>('Rule'),
  retention: orNull(ref<Retention>('Retention')),
  status: words('open', 'decided', 'exhausted', 'idle'),
  round: whole(),
  createdAt: time(),
  revision,
  index,
});
const keys = Type.Object({
  joinKey: Type.Optional(Type.String({ description: 'Shown once, to whoever creates a closed group.' })),
  observerKey: Type.Optional(Type.String()),
});

const tally = Type.Object({
  value: json('The value.'),
  weight: whole(),
  agents: Type.Array(Type.String(), {
    maxItems: limits.tallyAgents,
    description: 'The first in text order.',
  }),
  more: Type.Optional(Type.Integer({ minimum: 1, description: 'How many other agents proposed it.' })),
});
/** How many values a tally does not show. */
const moreValues = Type.Optional(
  Type.Integer({ minimum: 1, description: 'How many values the tally leaves out.' }),
);
const outcomeReason = words(
  ...(['agreed', 'no-agreement', 'tie', 'veto', 'required', 'floor', 'deadline'] as const),
  ...(['last-call', 'closed-by-hand', 'subject-changed', 'rule-changed', 'group-deleted'] as const),
);
const reason = orNull(ref<OutcomeReason>('OutcomeReason'));
const state = words('WAITING', 'SUCCESS', 'FAILED');
const deadlines = {
  ...durations,
  Moment: time(),
};
const newDeadline = unionOf(deadlines);
const by = orNull(Type.String({ description: 'An agent; null: the manager of the group.' }));
const round = Type.Object({
  group: name(),
  round: whole(1),
  state,
  reason,
  value: json('The decision; null unless SUCCESS.'),
  eligible: whole(),
  present: whole(),
  options: orNull(ref<readonly Option[]>('OfferedValues')),
  equality: ref<Equality>('Equality'),
  missing: Type.Array(Type.String()),
  waived: Type.Array(ref<WaiverJson>('Waiver'), { description: 'Who was taken out, in that order.' }),
  openedAt: time(),
  deadlineAt: orNull(time()),
  deadlineSet: orNull(ref<DeadlineSetJson>('DeadlineSet')),
  closedAt: orNull(time()),
  tally: orNull(
    Type.Array(ref<TallyJson>('Tally'), {
      maxItems: limits.tallyValues,
      description: 'The heaviest values. Null until the rule reveals it.',
    }),
  ),
  moreValues,
  stats: orNull(ref<Stats>('Stats')),
  explain: Type.String(),
  subjectHash: settings.subjectHash,
  revision,
  index,
});

const number = (description: string) => Type.Number({ description });
const stats = Type.Object(
  {
    count: whole(1),
    min: Type.Number(),
    max: Type.Number(),
    median: number('Between two middle numbers their half.'),
    mean: Type.Number(),
    spread: number('`max` less `min`.'),
  },
  {
    description:
      'Of a closed round in which all proposed values are numbers, or all parts that are compared: each agent counts once, without weight.',
  },
);

/** How a path names a round. */
const roundKeys = { RoundNumber: whole(1), RoundName: words('open', 'latest') };

const label = Type.Optional(Type.String({ description: "The option's." }));
const possibleValue = Type.Object({ value: json('A value.'), label, weight: whole() });
const ending = Type.Object({
  proposes: words('value', 'another', 'abstain'),
  value: json('What it would propose; null unless `proposes` is `value`.'),
  label,
  outcome: words('SUCCESS', 'FAILED'),
});
const pivotalAgent = Type.Object({ agent: Type.String(), by: Type.Array(ref<Ending>('Ending')) });
const explanation = Type.Object({
  group: name(),
  round: whole(1),
  state,
  reason,
  sentence: Type.String(),
  eligible: whole(),
  present: whole(),
  abstained: orNull(whole()),
  waitingFor: Type.Object({ agents: Type.Array(Type.String()), count: whole(), until: orNull(time()) }),
  stillPossible: orNull(Type.Array(ref<Static<typeof possibleValue>>('PossibleValue'))),
  pivotal: orNull(Type.Array(ref<Static<typeof pivotalAgent>>('PivotalAgent'))),
  dissent: orNull(Type.Array(ref<TallyJson>('Tally'))),
  moreValues,
  seed: orNull(
    Type.Integer({ description: 'Of a closed round whose rule draws among equally heavy values.' }),
  ),
  index,
});

const proposal = {
  value: Type.Optional(
    json('Any JSON of at most `valueBytes` of the rule and depth 16; instead of `abstain`.'),
  ),
  abstain: Type.Optional(Type.Literal(true)),
  seq: Type.Optional(whole()),
  note: Type.Optional(
    Type.String({
      maxLength: limits.noteLength,
      description: 'Text beside the value, shown where and when the value is; never compared.',
    }),
  ),
};

const counted = {
  time: orNull(time()),
  index: orNull(index),
  seq: Type.Optional(orNull(whole())),
  value: Type.Optional(json('Left out where it is not revealed, and of an abstention.')),
  abstain: Type.Optional(Type.Literal(true)),
};
const change = Type.Object(counted, { description: 'A proposal that its agent replaced.' });
const countedProposal = Type.Object({
  agent: Type.String(),
  name: Type.Optional(shownName),
  ...counted,
  token: Type.Boolean({
    description: 'Whether it came under a token; if not, nobody has checked who sent it.',
  }),
  note: Type.Optional(orNull(Type.String())),
  changes: Type.Array(ref<CountedJson>('ProposalChange'), { maxItems: limits.changesKept }),
});

const problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Unsafe<string>({ type: 'string', enum: Object.keys(catalogue).sort() }),
  detail: Type.String({ description: 'The sentence for this case.' }),
  fix: Type.String({ description: 'What the caller can do about it.' }),
  outcome: words('not-executed', 'unknown'),
  index: Type.Optional(index),
  round: Type.Optional(ref<RoundJson>('Round')),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), fix: Type.String() }))),
  since: Type.Optional(time()),
  seq: Type.Optional(whole()),
});

const event = Type.Object({
  type: Type.String(),
  group: name(),
  revision,
  index,
  time: time(),
  agent: orNull(Type.String()),
  round: orNull(ref<RoundJson>('Round')),
});
const snapshot = Type.Object({
  ...event.properties,
  type: words('snapshot', 'resync'),
  details: ref<GroupJson>('Group'),
});

/** Where log time is ahead of the machine's clock: by how much, and what to do. */
const timeAhead = Type.Object({ aheadMs: whole(), says: Type.String(), fix: Type.String() });

/** Every named schema of the document. */
export const schemas = {
  ...ruleSchemas,
  Preset: words('classroom', 'majority', 'unanimous', 'panel', 'gate', 'poker'),
  ...closers,
  ...waivers,
  Retention: Type.Object({ rounds: kept, idle: orNull(whole(1)) }),
  RetentionSettings: retentionSettings,
  Group: group,
  GroupWithKeys: Type.Object({ ...group.properties, ...keys.properties }),
  GroupSettings: Type.Partial(
    Type.Object(
      {
        ...settings,
        rule: ref<Static<typeof ruleSchemas.RuleSettings>>('RuleSettings'),
        retention: orNull(ref<Static<typeof retentionSettings>>('RetentionSettings')),
        joinKey: key(),
        observerKey: key(),
      },
      closed,
    ),
  ),
  ChosenKeys: Type.Partial(Type.Object({ joinKey: key(), observerKey: key() }, closed)),
  GroupKeys: Type.Object({
    group: name(),
    joinKey: Type.String({ description: 'Admits agents and, where there is no administrator, manages.' }),
    observerKey: Type.String({ description: 'Only reads.' }),
    revision,
    index,
  }),
  GroupList: Type.Object({
    groups: Type.Array(ref<GroupJson>('Group')),
    next: orNull(Type.String()),
    index,
  }),
  GroupDeleted: Type.Object({ group: name(), deleted: Type.Literal(true), revision, index }),
  Tally: tally,
  OutcomeReason: outcomeReason,
  Round: round,
  Waiver: Type.Object({ agent: name(), by, reason: Type.String(), time: time() }),
  DeadlineSet: Type.Object({ by, time: time(), times: whole(1) }),
  Stats: stats,
  ...roundKeys,
  WhichRound: unionOf(roundKeys),
  RoundList: Type.Object({ rounds: Type.Array(ref<RoundJson>('Round')), next: orNull(whole(1)), index }),
  PossibleValue: possibleValue,
  Ending: ending,
  PivotalAgent: pivotalAgent,
  Explanation: explanation,
  Proposal: Type.Object(proposal, closed),
  NamedProposal: Type.Object({ agent: name(), round: Type.Optional(whole(1)), ...proposal }, closed),
  ProposalLine: Type.Object(
    {
      group: name(),
      round: whole(1),
      agent: name(),
      ...proposal,
      token: Type.Optional(Type.String({ description: "The agent's, where it has joined." })),
      idempotencyKey: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    },
    closed,
  ),
  SettledLine: Type.Object({
    line: Type.Integer({ minimum: 1, description: 'Of the body; blank ones count.' }),
    status: Type.Integer({ description: 'What the proposal alone would be answered with.' }),
    round: Type.Optional(ref<RoundJson>('Round')),
    problem: Type.Optional(ref<Static<typeof problem>>('Problem')),
  }),
  ProposalChange: change,
  CountedProposal: countedProposal,
  ProposalList: Type.Object({
    proposals: Type.Array(ref<ProposalJson>('CountedProposal')),
    next: orNull(Type.String()),
    total: whole(),
    round: whole(1),
    state,
    revision,
    index,
  }),
  Moment: deadlines.Moment,
  NewDeadline: newDeadline,
  RoundChange: Type.Object({ deadline: orNull(ref<Static<typeof newDeadline>>('NewDeadline')) }, closed),
  Waive: Type.Object({ reason: Type.String({ minLength: 1, maxLength: limits.reasonLength }) }, closed),
  NextRound: Type.Object({ round: Type.Optional(whole(1)) }, closed),
  ...peopleSchemas,
  Event: event,
  Snapshot: snapshot,
  ClassroomNumber: Type.Object({
    number: Type.Number(),
    id: Type.Optional(Type.Union([Type.String(), Type.Number()])),
  }),
  ClassroomState: Type.Object({ state }),
  TimeAhead: timeAhead,
  Health: Type.Object({ status: Type.Literal('ok'), index }),
  Readiness: Type.Object({
    status: words('ready', 'read-only'),
    index,
    freeBytes: orNull(whole()),
    timeAhead: orNull(ref<Static<typeof timeAhead>>('TimeAhead')),
    detail: Type.Optional(Type.String()),
  }),
  Info: Type.Object({
    name: Type.Literal('quorate'),
    version: Type.String(),
    node: Type.String(),
    log: Type.Object({
      id: Type.String(),
      kind: words('memory', 'file', 'etcd'),
      durability: words('none', 'disk', 'cluster'),
      location: Type.String(),
    }),
    logVersion: Type.Object({ active: whole(), supported: whole() }),
    groups: whole(),
    limits: Type.Unsafe<Record<string, number>>({
      type: 'object',
      additionalProperties: { type: 'number' },
    }),
    index,
  }),
  Problem: problem,
} as const satisfies Readonly<Record<string, TSchema>>;

export type SchemaName = keyof typeof schemas;
