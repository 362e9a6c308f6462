import { type Static, Type } from 'typebox';
import { limits } from '../../core/limits.ts';
import type { Electorate, Equality, Floor, Json, Option, Part, Share, Threshold } from '../../core/types.ts';
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

const share = Type.Object({ num: whole(1), den: whole(1) }, closed);
const comparisons = {
  EqualityName: words('exact', 'text'),
  SameSet: Type.Object({ set: Type.Literal(true) }, closed),
  Tolerance: Type.Object(
    { tolerance: Type.Number({ minimum: 0 }), relative: Type.Optional(ref<Share>('Share')) },
    closed,
  ),
};
const comparison = unionOf(comparisons);
const SameField = Type.Object(
  {
    field: Type.String({ maxLength: limits.pointerLength, description: 'A JSON pointer, RFC 6901.' }),
    by: ref<Static<typeof comparison>>('Comparison'),
  },
  closed,
);
const equalities = { ...comparisons, SameField };

/** The same, as far as they may be left out where they are written. */
const ToleranceSettings = Type.Partial(comparisons.Tolerance, closed);
const FieldSettings = Type.Object(
  {
    field: SameField.properties.field,
    by: Type.Optional(ref<Static<typeof comparison | typeof ToleranceSettings>>('ComparisonSettings')),
  },
  closed,
);
const comparisonSettings = { ...comparisons, ToleranceSettings };
const equalitySettings = { ...comparisonSettings, FieldSettings };

const floors = {
  FloorCount: whole(1),
  Floor: Type.Object({ present: whole(1), cast: whole(1) }, closed),
};
const FloorSettings = Type.Partial(floors.Floor, closed);

const OfferedValue = Type.Object(
  {
    value: json('A value.'),
    label: Type.Optional(Type.String({ minLength: 1, maxLength: limits.titleLength })),
  },
  closed,
);
const offered = { minItems: limits.optionsLeast, maxItems: limits.options };
const lists = {
  OfferedValues: Type.Array(ref<Option>('OfferedValue'), offered),
  OptionSettings: Type.Array(json('A value, bare or as {"value", "label"}.'), offered),
  WinningValues: Type.Array(json('A value.'), { minItems: 1, maxItems: limits.options }),
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
  floor: ref<number | Floor>('FloorRule'),
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
  options: orNull(ref<readonly Option[]>('OfferedValues')),
  wins: orNull(ref<readonly Json[]>('WinningValues')),
  deadlineFrom: words('open', 'first-proposal'),
  decide: words('proposed', 'median', 'mean'),
  valueBytes: Type.Integer({ minimum: 1, maximum: limits.valueBytesMost }),
});
const timer = orNull(duration());

export const ruleSchemas = {
  ...thresholds,
  Threshold: unionOf(thresholds),
  ...panels,
  Part: unionOf(panels),
  ...electorates,
  Electorate: unionOf(electorates),
  Share: share,
  ...equalitySettings,
  SameField,
  Comparison: comparison,
  ComparisonSettings: unionOf(comparisonSettings),
  Equality: unionOf(equalities),
  EqualitySettings: unionOf(equalitySettings),
  ...floors,
  FloorRule: unionOf(floors),
  FloorSettings,
  OfferedValue,
  ...lists,
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
    Type.Object(
      {
        ...rule.properties,
        floor: unionOf({ FloorCount: floors.FloorCount, FloorSettings }),
        equality: ref<Static<(typeof equalitySettings)[keyof typeof equalitySettings]>>('EqualitySettings'),
        // Any value may be offered as it is.
        options: orNull(ref<Json[]>('OptionSettings')),
        minWait: timer,
        lastCall: timer,
        deadline: timer,
      },
      closed,
    ),
  ),
};
