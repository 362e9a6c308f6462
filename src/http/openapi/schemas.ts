import { type Static, type TSchema, Type } from 'typebox';
import { catalogue } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { Equality, Option, OutcomeReason, Preset, Stats } from '../../core/types.ts';
import type { Ending } from '../../core/view/explain.ts';
import type { GroupRowJson, LastRoundJson } from '../../core/view/group-row.ts';
import type {
  ClaimJson,
  CountedJson,
  DeadlineSetJson,
  GroupJson,
  ProposalJson,
  RetentionJson,
  RoundJson,
  RuleJson,
  TallyJson,
  WaiverJson,
} from '../../core/view/json-types.ts';
import { claimSchemas } from './claim-schemas.ts';
import { clusterSchemas } from './cluster-schemas.ts';
import { mcpSchemas } from './mcp-schemas.ts';
import { peopleSchemas } from './people-schemas.ts';
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
  shownName,
  time,
  unionOf,
  whole,
  words,
} from './schema-parts.ts';
import { stats } from './stats-schema.ts';
import { streamSchemas } from './stream-schemas.ts';
import { webhookSchemas } from './webhook-schemas.ts';

/**
 * The JSON of every body, as JSON Schema: for the document, and for the tests that compare what the server sends with it.
 * They validate nothing at run time: input.ts and settings.ts are stricter and say better what is wrong. schemas.test.ts
 * checks that the schemas and the types of the core are the same.
 */

const closers = { MayCloseName: words('admin', 'agents'), AgentNames: names() };
const waivers = { MayWaiveName: words('admin'), AgentNames: closers.AgentNames };
const spenders = { MaySpendName: words('admin', 'agents'), AgentNames: closers.AgentNames };
const settings = {
  title: orNull(Type.String({ minLength: 1, maxLength: limits.titleLength })),
  preset: orNull(ref<Preset>('Preset')),
  admission: words('open', 'key', 'invite'),
  mayClose: unionOf(closers),
  mayWaive: unionOf(waivers),
  maySpend: unionOf(spenders),
  subjectHash: orNull(Type.String({ minLength: 1, maxLength: limits.subjectHashLength })),
};
const kept = orNull(Type.Integer({ minimum: 1, maximum: limits.roundsKept }));
const keptMessages = orNull(Type.Integer({ minimum: 1, maximum: limits.messagesKept }));
const retentionSettings = Type.Partial(
  Type.Object({ rounds: kept, idle: orNull(duration()), messages: keptMessages }, closed),
);
const group = Type.Object({
  group: name(),
  ...settings,
  rule: ref<RuleJson>('Rule'),
  retention: orNull(ref<RetentionJson>('Retention')),
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

const lastRound = Type.Object({
  round: whole(1),
  state: words('SUCCESS', 'FAILED'),
  reason: ref<OutcomeReason>('OutcomeReason'),
  value: round.properties.value,
  closedAt: time(),
});
const groupRow = Type.Object({
  ...group.properties,
  ...Type.Pick(round, ['state', 'reason', 'value', 'eligible', 'present', 'explain']).properties,
  ...Type.Pick(round, ['openedAt', 'deadlineAt', 'closedAt']).properties,
  missing: Type.Array(Type.String(), {
    maxItems: limits.missingAgents,
    description: 'The first electors who are waited for, or who did not come.',
  }),
  moreMissing: Type.Optional(Type.Integer({ minimum: 1, description: 'How many others there are.' })),
  last: orNull(ref<LastRoundJson>('LastRound')),
});

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
  rule: ref<RuleJson>('Rule'),
  eligible: whole(),
  present: whole(),
  abstained: orNull(whole()),
  waitingFor: Type.Object({ agents: Type.Array(Type.String()), count: whole(), until: orNull(time()) }),
  stillPossible: orNull(Type.Array(ref<Static<typeof possibleValue>>('PossibleValue'))),
  pivotal: orNull(Type.Array(ref<Static<typeof pivotalAgent>>('PivotalAgent'))),
  dissent: orNull(Type.Array(ref<TallyJson>('Tally'))),
  moreValues,
  seed: orNull(
    Type.Integer({ description: 'Of a closed round: what a draw among equally heavy values is made with.' }),
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

const complaint = Type.Object({
  field: Type.String({ description: 'The field; of a contradiction both, with " and " between them.' }),
  fields: Type.Array(Type.String(), { description: 'The field, or the two of a contradiction.' }),
  fix: Type.String(),
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
  errors: Type.Optional(Type.Array(complaint)),
  since: Type.Optional(time()),
  claim: Type.Optional(ref<ClaimJson>('Claim')),
  seq: Type.Optional(whole()),
  oldest: Type.Optional(whole(1)),
  view: Type.Optional(whole()),
});

const event = Type.Object({
  type: Type.String(),
  group: name(),
  revision,
  index,
  time: time(),
  agent: orNull(Type.String()),
  round: orNull(ref<RoundJson>('Round')),
  claim: Type.Optional(ref<ClaimJson>('Claim')),
});
const snapshot = Type.Object({
  ...event.properties,
  type: words('snapshot', 'resync'),
  details: ref<GroupJson>('Group'),
});
const goodbye = Type.Object(
  {
    type: Type.Literal('goodbye'),
    reason: words('stopping', 'max-age'),
    group: orNull(name()),
    revision: orNull(revision),
    index,
    time: time(),
    agent: Type.Null(),
    round: Type.Null(),
  },
  { description: 'Last, without an id: come back with the last id, to another server where this one stops.' },
);

/** Where log time is ahead of the machine's clock: by how much, and what to do. */
const timeAhead = Type.Object({ aheadMs: whole(), says: Type.String(), fix: Type.String() });

/** Every named schema of the document. */
export const schemas = {
  ...ruleSchemas,
  Preset: words('classroom', 'majority', 'unanimous', 'panel', 'gate', 'poker'),
  ...closers,
  ...waivers,
  ...spenders,
  Retention: Type.Object({ rounds: kept, idle: orNull(whole(1)), messages: keptMessages }),
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
  LastRound: lastRound,
  GroupRow: groupRow,
  GroupList: Type.Object({
    groups: Type.Array(ref<GroupRowJson>('GroupRow')),
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
  ...streamSchemas,
  Event: event,
  Snapshot: snapshot,
  Goodbye: goodbye,
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
  ...clusterSchemas,
  ...mcpSchemas,
  ...claimSchemas,
  ...webhookSchemas,
  Problem: problem,
} as const satisfies Readonly<Record<string, TSchema>>;

export type SchemaName = keyof typeof schemas;
