import { type TSchema, Type } from 'typebox';
import { catalogue } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { Electorate, Equality, Json, Part, Rule, Threshold } from '../../core/types.ts';
import type { GroupJson, RoundJson, TallyJson } from '../../core/view/json-types.ts';

/**
 * The JSON of every body, as JSON Schema: for the document and for the tests that hold the server to it. Nothing is
 * validated by them at run time: input.ts and rules.ts read more strictly and complain better. A test holds them and
 * the JSON types of the core together.
 */

type Shape<S extends TSchema> = Type.Static<S>;

/** Another schema by its name. Its type is said again here; that schema itself is held to it. */
const ref = <T>(name: string) => Type.Unsafe<T>({ $ref: `#/components/schemas/${name}` });
const words = <const T extends readonly string[]>(...list: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: list });
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const json = (description: string) => Type.Unsafe<Json>({ description });
const time = () => Type.String({ format: 'date-time' });
const whole = (minimum = 0) => Type.Integer({ minimum });
const ms = () => orNull(Type.Integer({ minimum: 1, description: 'ms; null: none' }));
const parts = () => Type.Array(ref<Part>('Part'), { minItems: 1 });
const closed = { additionalProperties: false } as const;

export const name = () => Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' });
const names = () => Type.Array(name());
const index = Type.Integer({ minimum: 0, description: 'The log position this answer was read at.' });
const revision = Type.Integer({ minimum: 0, description: 'Grows with every visible change of the group.' });
export const duration = Type.Union(
  [Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)?$' }), Type.Number({ minimum: 0 })],
  { description: '`30s`, `500ms`, `5m`, or a number of ms.' },
);

const threshold = Type.Union([
  whole(1),
  words('majority', 'two-thirds', 'unanimous'),
  Type.Object({ num: whole(), den: whole(1), strict: Type.Boolean() }, closed),
]);
const otherwise = { else: Type.Optional(ref<Part>('Part')) };
const electorate = Type.Union([
  Type.Object({ size: whole(1) }, closed),
  Type.Object({ agents: names() }, closed),
  Type.Object({ live: Type.Object({ min: whole(1), max: whole(1) }, closed) }, closed),
  Type.Object({ all: parts(), ...otherwise }, closed),
  Type.Object({ any: parts(), ...otherwise }, closed),
  Type.Object({ atLeast: whole(1), of: parts(), ...otherwise }, closed),
]);
const part = Type.Union([
  Type.Object({ role: Type.String(), agents: names(), threshold: ref<Threshold>('Threshold') }, closed),
  Type.Object({ all: parts() }, closed),
  Type.Object({ any: parts() }, closed),
  Type.Object({ atLeast: whole(1), of: parts() }, closed),
]);
const equality = Type.Union([
  words('exact', 'text'),
  Type.Object({ tolerance: Type.Number({ minimum: 0 }) }, closed),
]);

const rule = Type.Object({
  electorate: ref<Electorate>('Electorate'),
  threshold: ref<Threshold>('Threshold'),
  of: words('eligible', 'present', 'cast'),
  floor: whole(1),
  equality: ref<Equality>('Equality'),
  weights: orNull(
    Type.Unsafe<Record<string, number>>({ type: 'object', additionalProperties: { type: 'integer' } }),
  ),
  close: words('all', 'early'),
  tie: Type.Union([
    words('fail', 'seeded'),
    Type.Object({ priority: Type.Array(json('A value.'), { maxItems: limits.priorityValues }) }, closed),
  ]),
  minWait: ms(),
  lastCall: ms(),
  deadline: ms(),
  onDeadline: Type.Union([words('fail', 'decide'), Type.Object({ default: json('A value.') }, closed)]),
  absent: words('counts-against', 'excluded'),
  reveal: words('close', 'live', 'never'),
  revote: Type.Boolean(),
  next: words('until-success', 'continuous', 'manual'),
  maxRounds: orNull(whole(1)),
  veto: names(),
  required: names(),
});
const wanted = orNull(duration);
const ruleWanted = Type.Partial(
  Type.Object({ ...rule.properties, minWait: wanted, lastCall: wanted, deadline: wanted }, closed),
);

/** Of a group that admits by key, where the caller chooses it. */
const key = () => Type.String({ minLength: 16, maxLength: 512, pattern: '^[\\w.~+/=-]+$' });
const preset = words('classroom', 'majority', 'unanimous', 'panel', 'gate', 'poker');
const settings = {
  title: orNull(Type.String({ minLength: 1, maxLength: limits.titleLength })),
  preset: orNull(preset),
  admission: words('open', 'key'),
  mayClose: Type.Union([words('admin', 'agents'), names()]),
  subjectHash: orNull(Type.String({ minLength: 1, maxLength: limits.subjectHashLength })),
};
const kept = orNull(Type.Integer({ minimum: 1, maximum: limits.roundsKept }));
const retention = Type.Object({ rounds: kept, idle: orNull(whole(1)) });
const retentionWanted = Type.Partial(Type.Object({ rounds: kept, idle: wanted }, closed));
const group = Type.Object({
  group: name(),
  ...settings,
  rule: ref<Rule>('Rule'),
  retention: orNull(retention),
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

const tally = Type.Object({ value: json('The value.'), weight: whole(), agents: Type.Array(Type.String()) });
const reason = words(
  ...(['agreed', 'no-agreement', 'tie', 'veto', 'required', 'floor', 'deadline'] as const),
  ...(['last-call', 'closed-by-hand', 'subject-changed', 'rule-changed', 'group-deleted'] as const),
);
const state = words('WAITING', 'SUCCESS', 'FAILED');
const round = Type.Object({
  group: name(),
  round: whole(1),
  state,
  reason: orNull(reason),
  value: json('The decision; null unless SUCCESS.'),
  eligible: whole(),
  present: whole(),
  missing: Type.Array(Type.String()),
  openedAt: time(),
  deadlineAt: orNull(time()),
  closedAt: orNull(time()),
  tally: orNull(Type.Array(ref<TallyJson>('Tally'), { description: 'Null until the rule reveals it.' })),
  explain: Type.String(),
  subjectHash: settings.subjectHash,
  revision,
  index,
});

const weighed = { value: json('A value.'), weight: whole() };
const ending = Type.Object({
  proposes: words('value', 'another', 'abstain'),
  value: json('What it would propose; null unless `proposes` is `value`.'),
  outcome: words('SUCCESS', 'FAILED'),
});
const explanation = Type.Object({
  group: name(),
  round: whole(1),
  state,
  reason: orNull(reason),
  sentence: Type.String(),
  eligible: whole(),
  present: whole(),
  abstained: orNull(whole()),
  waitingFor: Type.Object({ agents: Type.Array(Type.String()), count: whole(), until: orNull(time()) }),
  stillPossible: orNull(Type.Array(Type.Object(weighed))),
  pivotal: orNull(Type.Array(Type.Object({ agent: Type.String(), by: Type.Array(ending) }))),
  dissent: orNull(Type.Array(Type.Object({ ...weighed, agents: Type.Array(Type.String()) }))),
  seed: orNull(
    Type.Integer({ description: 'Of a closed round whose rule draws among equally heavy values.' }),
  ),
  index,
});

const role = words('voter', 'observer');
const agent = Type.Object({
  agent: name(),
  role,
  live: Type.Boolean(),
  since: time(),
  expiresAt: orNull(time()),
});
const lease = Type.Object({ group: name(), agent: name(), expiresAt: orNull(time()), revision, index });
const proposal = {
  value: Type.Optional(json('Any JSON of at most 4096 bytes and depth 16; instead of `abstain`.')),
  abstain: Type.Optional(Type.Literal(true)),
  seq: Type.Optional(whole()),
};

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

/** Every named schema of the document. */
export const schemas = {
  Threshold: threshold,
  Electorate: electorate,
  Part: part,
  Equality: equality,
  Rule: rule,
  Group: group,
  GroupWithKeys: Type.Object({ ...group.properties, ...keys.properties }),
  GroupSettings: Type.Partial(
    Type.Object(
      {
        ...settings,
        rule: ruleWanted,
        retention: orNull(retentionWanted),
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
  Round: round,
  RoundList: Type.Object({ rounds: Type.Array(ref<RoundJson>('Round')), next: orNull(whole(1)), index }),
  Explanation: explanation,
  Proposal: Type.Object(proposal, closed),
  NamedProposal: Type.Object({ agent: name(), round: Type.Optional(whole(1)), ...proposal }, closed),
  NextRound: Type.Object({ round: Type.Optional(whole(1)) }, closed),
  Agent: agent,
  AgentList: Type.Object({
    agents: Type.Array(ref<Shape<typeof agent>>('Agent')),
    next: orNull(name()),
    total: whole(),
    revision,
    index,
  }),
  Join: Type.Partial(
    Type.Object({ role, ttl: duration, instance: Type.String({ minLength: 8, maxLength: 128 }) }, closed),
  ),
  Joined: Type.Object({ ...lease.properties, role, ttl: whole(1), token: Type.String() }),
  Lease: lease,
  Event: event,
  Snapshot: snapshot,
  ClassroomNumber: Type.Object({
    number: Type.Number(),
    id: Type.Optional(Type.Union([Type.String(), Type.Number()])),
  }),
  ClassroomState: Type.Object({ state }),
  Health: Type.Object({ status: Type.Literal('ok'), index }),
  Readiness: Type.Object({
    status: words('ready', 'read-only'),
    index,
    freeBytes: orNull(whole()),
    /** Where log time is ahead of the machine's clock: by how much, and what to do. */
    timeAhead: orNull(Type.Object({ aheadMs: whole(), says: Type.String(), fix: Type.String() })),
    detail: Type.Optional(Type.String()),
  }),
  Info: Type.Object({
    name: Type.Literal('quorate'),
    version: Type.String(),
    node: Type.String(),
    log: Type.Object({
      id: Type.String(),
      kind: words('memory', 'lmdb', 'etcd'),
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
} as const;

export type SchemaName = keyof typeof schemas;
