import { canonical } from '../json.ts';
import { isName, limits, seatPrefix } from '../limits.ts';
import type {
  Combination,
  Electorate,
  Json,
  Mixed,
  Part,
  Preset,
  Rule,
  Settings,
  Threshold,
} from '../types.ts';
import { type Complaint, contradictions } from './contradictions.ts';
import { panelsOf } from './electorate.ts';
import { insteadOf } from './fractions.ts';

/**
 * From what a person writes to a complete rule: defaults, presets, and the refusal of what contradicts itself.
 * A complaint names the field and how to fix it; a contradiction names both fields. [Q4.1]
 */

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

type Fields = { readonly [name: string]: Json };

const defaults: Rule = {
  electorate: { size: 3 },
  threshold: 'majority',
  of: 'eligible',
  floor: 1,
  equality: 'exact',
  weights: null,
  close: 'all',
  tie: 'fail',
  minWait: null,
  lastCall: null,
  deadline: null,
  onDeadline: 'fail',
  absent: 'counts-against',
  reveal: 'close',
  revote: false,
  next: 'until-success',
  maxRounds: null,
  veto: [],
  required: [],
};

/** Ready-made rules; every field can still be overridden beside the preset. [Q4.30] */
export const presets: Readonly<Record<Preset, Partial<Rule>>> = {
  classroom: { electorate: { size: 3 }, threshold: 2, next: 'continuous' },
  majority: { threshold: 'majority', close: 'early' },
  unanimous: { threshold: 'unanimous', close: 'early' },
  panel: {
    threshold: 'majority',
    floor: 2,
    close: 'early',
    deadline: 120_000,
    onDeadline: 'decide',
    next: 'manual',
  },
  gate: { threshold: 'majority', close: 'early', reveal: 'live', next: 'manual' },
  poker: { threshold: 'unanimous', revote: true, next: 'manual' },
};

/** Reads the body of PUT /v1/groups/:group. Unknown fields are refused, since a misspelt rule would decide otherwise. */
export function parseSettings(body: Json): ParsedSettings {
  const reader = new SettingsReader();
  const settings = reader.settings(body);
  return reader.complaints.length === 0
    ? { ok: true, settings }
    : { ok: false, complaints: reader.complaints };
}

class SettingsReader {
  readonly complaints: Complaint[] = [];

  settings(body: Json): Settings {
    const known = 'preset rule admission mayClose title subjectHash retention';
    const fields = this.fields('', body, known.split(' '));
    const preset = this.preset(fields.preset);
    const rule = this.rule(fields.rule ?? {}, { ...defaults, ...(preset === null ? {} : presets[preset]) });
    return {
      preset,
      rule,
      admission: this.oneOf('admission', fields.admission, ['open', 'key'], 'open'),
      mayClose: this.mayClose(fields.mayClose),
      title: this.text('title', fields.title, limits.titleLength),
      subjectHash: this.text('subjectHash', fields.subjectHash, limits.subjectHashLength),
      ...this.retention(fields.retention),
    };
  }

  /** Left out where it says nothing, so that saying nothing is one setting and not two. */
  private retention(json: Json | undefined): Pick<Settings, 'retention'> {
    if (json === undefined || json === null) return {};
    const f = this.fields('retention', json, ['rounds', 'idle']);
    const rounds = this.whole('retention.rounds', f.rounds ?? undefined, 1, limits.roundsKept) ?? null;
    const idle = this.duration('retention.idle', f.idle, null);
    return rounds === null && idle === null ? {} : { retention: { rounds, idle } };
  }

  private rule(json: Json, base: Rule): Rule {
    const f = this.fields('rule', json, Object.keys(defaults));
    const electorate = f.electorate === undefined ? base.electorate : this.electorate(f.electorate);
    const rule: Rule = {
      electorate,
      threshold: this.threshold('rule.threshold', f.threshold, base.threshold),
      of: this.oneOf('rule.of', f.of, ['eligible', 'present', 'cast'], base.of),
      floor: this.whole('rule.floor', f.floor, 1, limits.electors) ?? base.floor,
      equality: this.equality(f.equality) ?? base.equality,
      weights: f.weights === undefined ? base.weights : this.weights(f.weights),
      close: this.oneOf('rule.close', f.close, ['all', 'early'], base.close),
      tie: this.tie(f.tie) ?? base.tie,
      minWait: this.duration('rule.minWait', f.minWait, base.minWait),
      lastCall: this.duration('rule.lastCall', f.lastCall, base.lastCall),
      deadline: this.duration('rule.deadline', f.deadline, base.deadline),
      onDeadline: this.onDeadline(f.onDeadline) ?? base.onDeadline,
      absent: this.oneOf('rule.absent', f.absent, ['counts-against', 'excluded'], base.absent),
      reveal: this.oneOf('rule.reveal', f.reveal, ['close', 'live', 'never'], base.reveal),
      revote: this.flag('rule.revote', f.revote, base.revote),
      next: this.oneOf('rule.next', f.next, ['until-success', 'continuous', 'manual'], base.next),
      maxRounds:
        f.maxRounds === null
          ? null
          : (this.whole('rule.maxRounds', f.maxRounds, 1, limits.maxRounds) ?? base.maxRounds),
      veto: f.veto === undefined ? base.veto : this.names('rule.veto', f.veto, 0),
      required: f.required === undefined ? base.required : this.names('rule.required', f.required, 0),
    };
    if (this.complaints.length === 0)
      for (const { field, fix } of contradictions(rule, f.threshold !== undefined)) this.complain(field, fix);
    return rule;
  }

  private electorate(json: Json): Electorate {
    const fallback = defaults.electorate;
    if (!isObject(json)) {
      this.complain(
        'rule.electorate',
        'write {"size": 3}, {"agents": ["a", "b"]}, {"live": {"min": 2, "max": 100}} or {"all": [...]}',
      );
      return fallback;
    }
    if ('size' in json) {
      const f = this.fields('rule.electorate', json, ['size']);
      return { size: this.whole('rule.electorate.size', f.size, 1, limits.electors) ?? 3 };
    }
    if ('agents' in json) {
      const f = this.fields('rule.electorate', json, ['agents']);
      return { agents: this.names('rule.electorate.agents', f.agents, 1) };
    }
    if ('live' in json) return this.live(json.live as Json);
    const combination = this.combination('rule.electorate', json, ['else'], 0);
    if (combination === null) return fallback;
    const mixed: Mixed =
      json.else === undefined
        ? combination
        : { ...combination, else: this.part('rule.electorate.else', json.else, 1) };
    const panels = panelsOf(mixed);
    if (panels.length > limits.parts) this.complain('rule.electorate', `use at most ${limits.parts} parts`);
    if (panels.reduce((sum, { agents }) => sum + agents.length, 0) > limits.rosterNames)
      this.complain('rule.electorate', `name at most ${limits.rosterNames} agents over all parts`);
    return mixed;
  }

  private live(json: Json): Electorate {
    const f = this.fields('rule.electorate.live', json, ['min', 'max']);
    const min = this.whole('rule.electorate.live.min', f.min, 1, limits.electors) ?? 2;
    const max = this.whole('rule.electorate.live.max', f.max, 1, limits.electors) ?? Math.max(min, 100);
    if (min > max)
      this.complain('rule.electorate.live.min and rule.electorate.live.max', 'make min at most max');
    return { live: { min, max } };
  }

  private combination(
    field: string,
    json: Fields,
    also: readonly string[],
    level: number,
  ): Combination | null {
    const names = also.concat('atLeast' in json ? ['atLeast', 'of'] : 'any' in json ? ['any'] : ['all']);
    const f = this.fields(field, json, names);
    const list = f.all ?? f.any ?? f.of;
    if (!Array.isArray(list) || list.length === 0 || level > 3) {
      this.complain(
        field,
        'write {"all": [parts]}, {"any": [parts]} or {"atLeast": 2, "of": [parts]}, at most three levels deep',
      );
      return null;
    }
    const parts = list.map((item, i) => this.part(`${field}[${i}]`, item, level + 1));
    if ('all' in json) return { all: parts };
    if ('any' in json) return { any: parts };
    return { atLeast: this.whole(`${field}.atLeast`, f.atLeast, 1, parts.length) ?? 1, of: parts };
  }

  private part(field: string, json: Json, level: number): Part {
    if (isObject(json) && ('all' in json || 'any' in json || 'atLeast' in json)) {
      const combination = this.combination(field, json, [], level);
      if (combination !== null) return combination;
    }
    const f = this.fields(field, json, ['role', 'agents', 'threshold']);
    const agents = this.names(`${field}.agents`, f.agents, 1);
    const threshold = this.threshold(`${field}.threshold`, f.threshold, 'majority');
    if (typeof threshold === 'number' && threshold > agents.length) {
      this.complain(
        `${field}.threshold and ${field}.agents`,
        `${threshold} cannot be reached by ${agents.length}: lower the threshold`,
      );
    }
    const role = this.text(`${field}.role`, f.role, limits.nameLength) ?? 'agents';
    return { role, agents, threshold };
  }

  private threshold(field: string, json: Json | undefined, otherwise: Threshold): Threshold {
    if (json === undefined) return otherwise;
    if (json === 'majority' || json === 'two-thirds' || json === 'unanimous') return json;
    if (typeof json === 'number' && !Number.isInteger(json)) {
      this.complain(field, `a decimal cannot say exactly what you mean: write ${insteadOf(json)}`);
      return otherwise;
    }
    if (typeof json === 'number') return this.whole(field, json, 1, Number.MAX_SAFE_INTEGER) ?? otherwise;
    if (!isObject(json)) {
      this.complain(
        field,
        'write a whole number, "majority", "two-thirds", "unanimous" or {"num": 2, "den": 3, "strict": false}',
      );
      return otherwise;
    }
    const f = this.fields(field, json, ['num', 'den', 'strict']);
    const num = this.whole(`${field}.num`, f.num ?? null, 0, limits.fractionPart) ?? 1;
    const den = this.whole(`${field}.den`, f.den ?? null, 1, limits.fractionPart) ?? 2;
    const strict = this.flag(`${field}.strict`, f.strict, false);
    if (num > den || (num === den && strict) || (num === 0 && !strict)) {
      this.complain(
        `${field}.num and ${field}.den`,
        'the fraction must lie between 0 and 1 and be reachable',
      );
    }
    return { num, den, strict };
  }

  private equality(json: Json | undefined): Rule['equality'] | undefined {
    if (json === undefined || json === 'exact' || json === 'text') return json;
    const tolerance = isObject(json)
      ? this.fields('rule.equality', json, ['tolerance']).tolerance
      : undefined;
    if (typeof tolerance === 'number' && tolerance >= 0) return { tolerance };
    this.complain('rule.equality', 'write "exact", "text" or {"tolerance": 0.5}');
    return undefined;
  }

  private tie(json: Json | undefined): Rule['tie'] | undefined {
    if (json === undefined || json === 'fail' || json === 'seeded') return json;
    const priority = isObject(json) ? this.fields('rule.tie', json, ['priority']).priority : undefined;
    if (Array.isArray(priority) && priority.length > 0 && priority.length <= limits.priorityValues)
      return { priority };
    this.complain(
      'rule.tie',
      `write "fail", "seeded" or {"priority": [values]} with at most ${limits.priorityValues} values`,
    );
    return undefined;
  }

  private onDeadline(json: Json | undefined): Rule['onDeadline'] | undefined {
    if (json === undefined || json === 'fail' || json === 'decide') return json;
    const value = isObject(json) ? this.fields('rule.onDeadline', json, ['default']).default : undefined;
    if (value !== undefined && canonical(value).length <= limits.valueBytes) return { default: value };
    this.complain('rule.onDeadline', 'write "fail", "decide" or {"default": value}');
    return undefined;
  }

  private weights(json: Json): Rule['weights'] {
    if (json === null) return null;
    const weights: Record<string, number> = Object.create(null);
    if (!isObject(json)) {
      this.complain('rule.weights', 'write {"agent": 2}: names with positive whole weights');
      return null;
    }
    for (const name of this.names('rule.weights', Object.keys(json).sort(), 1)) {
      weights[name] = this.whole(`rule.weights.${name}`, json[name], 1, limits.weight) ?? 1;
    }
    return weights;
  }

  private mayClose(json: Json | undefined): Settings['mayClose'] {
    if (json === undefined) return 'admin';
    if (json === 'admin' || json === 'agents') return json;
    if (Array.isArray(json)) return this.names('mayClose', json, 1);
    this.complain('mayClose', 'write "admin", "agents" or a list of agents');
    return 'admin';
  }

  private preset(json: Json | undefined): Preset | null {
    if (json === undefined || json === null) return null;
    if (typeof json === 'string' && Object.hasOwn(presets, json)) return json as Preset;
    this.complain('preset', `use one of ${Object.keys(presets).join(', ')}`);
    return null;
  }

  private names(field: string, json: Json | undefined, least: number): readonly string[] {
    const list = Array.isArray(json) ? json : [];
    if (!Array.isArray(json) || list.length < least || list.length > limits.rosterNames) {
      this.complain(field, `write a list of ${least} to ${limits.rosterNames} names`);
      return [];
    }
    const bad = list.find((name) => typeof name !== 'string' || !isName(name) || name.startsWith(seatPrefix));
    if (bad !== undefined) {
      this.complain(
        field,
        `${JSON.stringify(bad).slice(0, 80)} is no name: use a-z, 0-9, then also . _ -, at most 64 characters, not beginning with ${seatPrefix}`,
      );
    }
    if (new Set(list).size !== list.length) this.complain(field, 'name each agent once');
    return list as readonly string[];
  }

  private duration(field: string, json: Json | undefined, otherwise: number | null): number | null {
    if (json === undefined) return otherwise;
    if (json === null) return null;
    const ms = typeof json === 'string' || typeof json === 'number' ? parseDuration(json) : null;
    if (ms !== null && ms >= 1) return ms;
    this.complain(field, 'write a duration such as "30s", "500ms", "5m" or a number of ms, or null for none');
    return otherwise;
  }

  private whole(field: string, json: Json | undefined, least: number, most: number): number | undefined {
    if (json === undefined) return undefined;
    if (typeof json === 'number' && Number.isInteger(json) && json >= least && json <= most) return json;
    this.complain(field, `write a whole number from ${least} to ${most}`);
    return undefined;
  }

  private flag(field: string, json: Json | undefined, otherwise: boolean): boolean {
    if (json === undefined || typeof json === 'boolean') return json ?? otherwise;
    this.complain(field, 'write true or false');
    return otherwise;
  }

  private oneOf<T extends string>(
    field: string,
    json: Json | undefined,
    words: readonly T[],
    otherwise: T,
  ): T {
    if (json === undefined) return otherwise;
    const word = words.find((candidate) => candidate === json);
    if (word === undefined) this.complain(field, `use one of ${words.join(', ')}`);
    return word ?? otherwise;
  }

  private text(field: string, json: Json | undefined, most: number): string | null {
    if (json === undefined || json === null) return null;
    if (typeof json === 'string' && json.length > 0 && json.length <= most) return json;
    this.complain(field, `write a text of 1 to ${most} characters, or null`);
    return null;
  }

  private fields(field: string, json: Json, names: readonly string[]): Fields {
    if (!isObject(json)) {
      this.complain(field === '' ? 'body' : field, 'write a JSON object');
      return {};
    }
    for (const name of Object.keys(json)) {
      if (!names.includes(name)) {
        const path = field === '' ? name : `${field}.${name}`;
        this.complain(path.slice(0, 120), `there is no such setting here: use ${names.join(', ')}`);
      }
    }
    return json;
  }

  private complain(field: string, fix: string): void {
    if (this.complaints.length < 20) this.complaints.push({ field, fix });
  }
}

/** "30s", "500ms", "5m", "2h", "7d" or a number of ms; null when it is none of these or beyond the limit. */
export function parseDuration(text: string | number): number | null {
  const units: readonly (readonly [string, number])[] = [
    ['ms', 1],
    ['s', 1000],
    ['m', 60_000],
    ['h', 3_600_000],
    ['d', 86_400_000],
  ];
  const [unit, factor] = (typeof text === 'number'
    ? undefined
    : units.find(([name]) => text.endsWith(name))) ?? ['', 1];
  const digits = typeof text === 'number' ? text : text.slice(0, text.length - unit.length);
  if (digits === '' || [...String(digits)].some((c) => !'0123456789.'.includes(c))) return null;
  const ms = Number(digits) * factor;
  return Number.isFinite(ms) && ms >= 0 && ms <= limits.duration ? Math.round(ms) : null;
}

function isObject(json: Json | undefined): json is { [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
