import { byteLength, canonical } from '../json.ts';
import { limits } from '../limits.ts';
import type { Json, Preset, Rule, Settings } from '../types.ts';
import { contradictions } from './contradictions.ts';
import { defaults, presetAdmission, presets } from './presets.ts';
import { readElectorate } from './read-electorate.ts';
import { readEquality } from './read-equality.ts';
import { readOptions, readWins, spelledAsOptions } from './read-options.ts';
import { readThreshold } from './read-threshold.ts';
import { type Complaint, isObject, Reader } from './reader.ts';

/** Complete settings, or everything that is wrong with what was written. */
export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | {
      readonly ok: false;
      readonly complaints: readonly Complaint[];
      /** What could be read, with the defaults for what could not: for showing only. */
      readonly understood: Settings;
    };

/**
 * Reads the body of PUT /v1/groups/:group: a complete rule of what a person writes, by defaults and a preset. A complaint
 * names the field and how to fix it; a contradiction names both fields. [Q4.1] [Q4.31]
 */
export function parseSettings(body: Json): ParsedSettings {
  const reader = new Reader();
  const settings = readSettings(reader, body);
  return reader.complaints.length === 0
    ? { ok: true, settings }
    : { ok: false, complaints: reader.complaints, understood: settings };
}

function readSettings(reader: Reader, body: Json): Settings {
  const known = 'preset rule admission mayClose mayWaive maySpend title subjectHash retention';
  const fields = reader.fields('', body, known.split(' '));
  const preset = readPreset(reader, fields.preset);
  const rule = readRule(reader, fields.rule ?? {}, {
    ...defaults,
    ...(preset === null ? {} : presets[preset]),
  });
  return {
    preset,
    rule,
    admission: reader.oneOf(
      'admission',
      fields.admission,
      ['open', 'key', 'invite'],
      (preset === null ? undefined : presetAdmission[preset]) ?? 'open',
    ),
    mayClose: readMayClose(reader, fields.mayClose),
    title: reader.text('title', fields.title, limits.titleLength),
    subjectHash: reader.text('subjectHash', fields.subjectHash, limits.subjectHashLength),
    ...readRetention(reader, fields.retention),
    ...readMayWaive(reader, fields.mayWaive, rule),
    ...readMaySpend(reader, fields.maySpend),
  };
}

/** Left out where it says nothing, so that saying nothing is one setting and not two. */
function readRetention(reader: Reader, json: Json | undefined): Pick<Settings, 'retention'> {
  if (json === undefined || json === null) return {};
  const f = reader.fields('retention', json, ['rounds', 'idle', 'messages']);
  const rounds = reader.whole('retention.rounds', f.rounds ?? undefined, 1, limits.roundsKept) ?? null;
  const idle = reader.duration('retention.idle', f.idle, null);
  const messages = reader.whole('retention.messages', f.messages ?? undefined, 1, limits.messagesKept);
  if (rounds === null && idle === null && messages === undefined) return {};
  return { retention: { rounds, idle, ...(messages !== undefined && { messages }) } };
}

/** Fields of a rule that it has only where they are not at their default. */
const optional = ['options', 'wins', 'deadlineFrom', 'decide', 'valueBytes'];

function readRule(reader: Reader, json: Json, base: Rule): Rule {
  const f = reader.fields('rule', json, [...Object.keys(defaults), ...optional]);
  const electorate = f.electorate === undefined ? base.electorate : readElectorate(reader, f.electorate);
  const valueBytes =
    reader.whole('rule.valueBytes', f.valueBytes, 1, limits.valueBytesMost) ?? limits.valueBytes;
  const from = base.deadlineFrom ?? 'open';
  const rule: Rule = {
    electorate,
    threshold: readThreshold(reader, 'rule.threshold', f.threshold, base.threshold),
    of: reader.oneOf('rule.of', f.of, ['eligible', 'present', 'cast'], base.of),
    floor: readFloor(reader, f.floor) ?? base.floor,
    equality: readEquality(reader, f.equality) ?? base.equality,
    weights: f.weights === undefined ? base.weights : readWeights(reader, f.weights),
    close: reader.oneOf('rule.close', f.close, ['all', 'early'], base.close),
    tie: readTie(reader, f.tie) ?? base.tie,
    minWait: reader.duration('rule.minWait', f.minWait, base.minWait),
    lastCall: reader.duration('rule.lastCall', f.lastCall, base.lastCall),
    deadline: reader.duration('rule.deadline', f.deadline, base.deadline),
    onDeadline: readOnDeadline(reader, f.onDeadline, valueBytes) ?? base.onDeadline,
    absent: reader.oneOf('rule.absent', f.absent, ['counts-against', 'excluded'], base.absent),
    reveal: reader.oneOf('rule.reveal', f.reveal, ['close', 'live', 'never'], base.reveal),
    revote: reader.flag('rule.revote', f.revote, base.revote),
    next: reader.oneOf('rule.next', f.next, ['until-success', 'continuous', 'manual'], base.next),
    maxRounds:
      f.maxRounds === null
        ? null
        : (reader.whole('rule.maxRounds', f.maxRounds, 1, limits.maxRounds) ?? base.maxRounds),
    veto: f.veto === undefined ? base.veto : reader.names('rule.veto', f.veto, 0),
    required: f.required === undefined ? base.required : reader.names('rule.required', f.required, 0),
    ...withoutDefaults({
      options: readOptions(reader, f.options, base.options, valueBytes),
      wins: readWins(reader, f.wins, base.wins),
      deadlineFrom: reader.oneOf('rule.deadlineFrom', f.deadlineFrom, ['open', 'first-proposal'], from),
      decide: reader.oneOf('rule.decide', f.decide, ['proposed', 'median', 'mean'], 'proposed'),
      valueBytes,
    }),
  };
  if (reader.complaints.length > 0) return rule;
  // What a group shows may be put back: the base's own threshold says nothing.
  const thresholdGiven = canonical(rule.threshold as Json) !== canonical(base.threshold as Json);
  for (const complaint of contradictions(rule, thresholdGiven)) reader.add(complaint);
  return reader.complaints.length > 0 ? rule : spelledAsOptions(rule);
}

/** What a rule says that is not the default, so that saying it and leaving it out are one rule. */
function withoutDefaults(all: {
  readonly options: Rule['options'];
  readonly wins: Rule['wins'];
  readonly deadlineFrom: 'open' | 'first-proposal';
  readonly decide: 'proposed' | 'median' | 'mean';
  readonly valueBytes: number;
}): Partial<Rule> {
  const { options, wins, deadlineFrom, decide, valueBytes } = all;
  return {
    ...(options && { options }),
    ...(wins && { wins }),
    ...(deadlineFrom !== 'open' && { deadlineFrom }),
    ...(decide !== 'proposed' && { decide }),
    ...(valueBytes !== limits.valueBytes && { valueBytes }),
  };
}

/** A number where no values are asked for, so that both ways to write it are one setting. [Q4.7] */
function readFloor(reader: Reader, json: Json | undefined): Rule['floor'] | undefined {
  if (!isObject(json)) return reader.whole('rule.floor', json, 1, limits.electors);
  const f = reader.fields('rule.floor', json, ['present', 'cast']);
  const present = reader.whole('rule.floor.present', f.present, 1, limits.electors) ?? 1;
  const cast = reader.whole('rule.floor.cast', f.cast, 1, limits.electors);
  return cast === undefined ? present : { present, cast };
}

function readTie(reader: Reader, json: Json | undefined): Rule['tie'] | undefined {
  if (json === undefined || json === 'fail' || json === 'seeded') return json;
  const priority = isObject(json) ? reader.fields('rule.tie', json, ['priority']).priority : undefined;
  if (Array.isArray(priority) && priority.length > 0 && priority.length <= limits.priorityValues)
    return { priority };
  reader.complain(
    'rule.tie',
    `write "fail", "seeded" or {"priority": [values]} with at most ${limits.priorityValues} values`,
  );
  return undefined;
}

function readOnDeadline(
  reader: Reader,
  json: Json | undefined,
  valueBytes: number,
): Rule['onDeadline'] | undefined {
  if (json === undefined || json === 'fail' || json === 'decide') return json;
  const value = isObject(json) ? reader.fields('rule.onDeadline', json, ['default']).default : undefined;
  if (value !== undefined && byteLength(canonical(value)) <= valueBytes) return { default: value };
  reader.complain(
    'rule.onDeadline',
    `write "fail", "decide" or {"default": value} with a value of at most ${valueBytes} bytes`,
  );
  return undefined;
}

function readWeights(reader: Reader, json: Json): Rule['weights'] {
  if (json === null) return null;
  const weights: Record<string, number> = Object.create(null);
  if (!isObject(json)) {
    reader.complain('rule.weights', 'write {"agent": 2}: names with positive whole weights');
    return null;
  }
  for (const name of reader.names('rule.weights', Object.keys(json).sort(), 1)) {
    weights[name] = reader.whole(`rule.weights.${name}`, json[name], 1, limits.weight) ?? 1;
  }
  return weights;
}

function readMayClose(reader: Reader, json: Json | undefined): Settings['mayClose'] {
  if (json === undefined) return 'admin';
  if (json === 'admin' || json === 'agents') return json;
  if (Array.isArray(json)) return reader.names('mayClose', json, 1);
  reader.complain('mayClose', 'write "admin", "agents" or a list of agents');
  return 'admin';
}

/** Left out where it says nothing: without a list the administrator alone may. [Q4.38] */
function readMayWaive(
  reader: Reader,
  json: Json | undefined,
  { electorate }: Rule,
): Pick<Settings, 'mayWaive'> {
  if (json === undefined || json === 'admin') return {};
  if (!Array.isArray(json)) {
    reader.complain('mayWaive', 'write "admin" or a list of agents');
    return {};
  }
  if ('size' in electorate)
    reader.contradict(
      'mayWaive',
      'rule.electorate',
      'seats of a size have no names, so nobody can be taken out of them: use an electorate of agents, or leave mayWaive out',
    );
  return { mayWaive: reader.names('mayWaive', json, 1) };
}

/** Left out where it says nothing. [Q10.8] */
function readMaySpend(reader: Reader, json: Json | undefined): Pick<Settings, 'maySpend'> {
  if (json === undefined || json === 'admin') return {};
  if (json === 'agents') return { maySpend: json };
  if (Array.isArray(json)) return { maySpend: reader.names('maySpend', json, 1) };
  reader.complain('maySpend', 'write "admin", "agents" or a list of agents');
  return {};
}

function readPreset(reader: Reader, json: Json | undefined): Preset | null {
  if (json === undefined || json === null) return null;
  if (typeof json === 'string' && Object.hasOwn(presets, json)) return json as Preset;
  reader.complain('preset', `use one of ${Object.keys(presets).join(', ')}`);
  return null;
}
