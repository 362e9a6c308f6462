import { Type } from 'typebox';
import { limits } from '../../core/limits.ts';
import type { Electorate, Equality, Part, Threshold } from '../../core/types.ts';
import {
  closed,
  duration,
  durations,
  json,
  names,
  orNull,
  ref,
  unionOf,
  whole,
  words,
} from './schema-parts.ts';

/** The rule of a group: what is asked for, and as it is in force. [Q4] */

const thresholds = {
  ThresholdCount: whole(1),
  ThresholdName: words('majority', 'two-thirds', 'unanimous'),
  Fraction: Type.Object({ num: whole(), den: whole(1), strict: Type.Boolean() }, closed),
};

const parts = () => Type.Array(ref<Part>('Part'), { minItems: 1 });
const all = { all: parts() };
const any = { any: parts() };
const atLeast = { atLeast: whole(1), of: parts() };
const otherwise = { else: Type.Optional(ref<Part>('Part')) };

const panels = {
  Panel: Type.Object(
    { role: Type.String(), agents: names(), threshold: ref<Threshold>('Threshold') },
    closed,
  ),
  AllParts: Type.Object(all, closed),
  AnyPart: Type.Object(any, closed),
  SomeParts: Type.Object(atLeast, closed),
};

const electorates = {
  ElectorateBySize: Type.Object({ size: whole(1) }, closed),
  ElectorateByName: Type.Object({ agents: names() }, closed),
  LiveElectorate: Type.Object({ live: Type.Object({ min: whole(1), max: whole(1) }, closed) }, closed),
  AllPartsElectorate: Type.Object({ ...all, ...otherwise }, closed),
  AnyPartElectorate: Type.Object({ ...any, ...otherwise }, closed),
  SomePartsElectorate: Type.Object({ ...atLeast, ...otherwise }, closed),
};

const equalities = {
  EqualityName: words('exact', 'text'),
  Tolerance: Type.Object({ tolerance: Type.Number({ minimum: 0 }) }, closed),
};

const ties = {
  TieName: words('fail', 'seeded'),
  Priority: Type.Object(
    { priority: Type.Array(json('A value.'), { maxItems: limits.priorityValues }) },
    closed,
  ),
};

const deadlines = {
  OnDeadlineName: words('fail', 'decide'),
  DefaultValue: Type.Object({ default: json('A value.') }, closed),
};

const ms = () => orNull(Type.Integer({ minimum: 1, description: 'ms; null: none' }));
const rule = Type.Object({
  electorate: ref<Electorate>('Electorate'),
  threshold: ref<Threshold>('Threshold'),
  of: words('eligible', 'present', 'cast'),
  floor: whole(1),
  equality: ref<Equality>('Equality'),
  weights: orNull(ref<Readonly<Record<string, number>>>('Weights')),
  close: words('all', 'early'),
  tie: unionOf(ties),
  minWait: ms(),
  lastCall: ms(),
  deadline: ms(),
  onDeadline: unionOf(deadlines),
  absent: words('counts-against', 'excluded'),
  reveal: words('close', 'live', 'never'),
  revote: Type.Boolean(),
  next: words('until-success', 'continuous', 'manual'),
  maxRounds: orNull(whole(1)),
  veto: names(),
  required: names(),
});
const timer = orNull(duration());

export const ruleSchemas = {
  ...thresholds,
  Threshold: unionOf(thresholds),
  ...panels,
  Part: unionOf(panels),
  ...electorates,
  Electorate: unionOf(electorates),
  ...equalities,
  Equality: unionOf(equalities),
  ...ties,
  ...deadlines,
  Weights: Type.Unsafe<Record<string, number>>({
    type: 'object',
    additionalProperties: { type: 'integer' },
  }),
  ...durations,
  Duration: Type.Unsafe({
    ...unionOf(durations),
    description: '`30s`, `500ms`, `5m`, or a number of ms.',
  }),
  Rule: rule,
  RuleSettings: Type.Partial(
    Type.Object({ ...rule.properties, minWait: timer, lastCall: timer, deadline: timer }, closed),
  ),
};
