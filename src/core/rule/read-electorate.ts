import { limits } from '../limits.ts';
import type { Combination, Electorate, Json, Mixed, Part } from '../types.ts';
import { panelsOf } from './electorate.ts';
import { defaults } from './presets.ts';
import { readThreshold } from './read-threshold.ts';
import { type Fields, isObject, type Reader } from './reader.ts';

/** How many agents a live electorate needs and takes, where only the other is said. */
const liveDefault = { min: 2, max: 100 } as const;

/** Levels of a mixed electorate below the first. */
const deepest = 3;

/** Who may propose, as people write it: by size, by name, by live lease, or mixed. [Q4.2] [Q4.3] [Q4.4] */
export function readElectorate(reader: Reader, json: Json): Electorate {
  const fallback = defaults.electorate;
  if (!isObject(json)) {
    reader.complain(
      'rule.electorate',
      'write {"size": 3}, {"agents": ["a", "b"]}, {"live": {"min": 2, "max": 100}} or {"all": [...]}',
    );
    return fallback;
  }
  if ('size' in json) {
    const f = reader.fields('rule.electorate', json, ['size']);
    return { size: reader.whole('rule.electorate.size', f.size, 1, limits.electors) ?? 1 };
  }
  if ('agents' in json) {
    const f = reader.fields('rule.electorate', json, ['agents']);
    return { agents: reader.names('rule.electorate.agents', f.agents, 1) };
  }
  if ('live' in json) return readLive(reader, json.live as Json);
  const combination = readCombination(reader, 'rule.electorate', json, ['else'], 0);
  if (combination === null) return fallback;
  const mixed: Mixed =
    json.else === undefined
      ? combination
      : { ...combination, else: readPart(reader, 'rule.electorate.else', json.else, 1) };
  const panels = panelsOf(mixed);
  if (panels.length > limits.parts) reader.complain('rule.electorate', `use at most ${limits.parts} parts`);
  if (panels.reduce((sum, { agents }) => sum + agents.length, 0) > limits.rosterNames)
    reader.complain('rule.electorate', `name at most ${limits.rosterNames} agents over all parts`);
  return mixed;
}

function readLive(reader: Reader, json: Json): Electorate {
  const f = reader.fields('rule.electorate.live', json, ['min', 'max']);
  const min = reader.whole('rule.electorate.live.min', f.min, 1, limits.electors) ?? liveDefault.min;
  const max =
    reader.whole('rule.electorate.live.max', f.max, 1, limits.electors) ?? Math.max(min, liveDefault.max);
  if (min > max)
    reader.contradict('rule.electorate.live.min', 'rule.electorate.live.max', 'make min at most max');
  return { live: { min, max } };
}

function readCombination(
  reader: Reader,
  field: string,
  json: Fields,
  also: readonly string[],
  level: number,
): Combination | null {
  const names = also.concat('atLeast' in json ? ['atLeast', 'of'] : 'any' in json ? ['any'] : ['all']);
  const f = reader.fields(field, json, names);
  const list = f.all ?? f.any ?? f.of;
  if (!Array.isArray(list) || list.length === 0 || level > deepest) {
    reader.complain(
      field,
      'write {"all": [parts]}, {"any": [parts]} or {"atLeast": 2, "of": [parts]}, at most three levels deep',
    );
    return null;
  }
  const parts = list.map((item, i) => readPart(reader, `${field}[${i}]`, item, level + 1));
  if ('all' in json) return { all: parts };
  if ('any' in json) return { any: parts };
  return { atLeast: reader.whole(`${field}.atLeast`, f.atLeast, 1, parts.length) ?? 1, of: parts };
}

function readPart(reader: Reader, field: string, json: Json, level: number): Part {
  if (isObject(json) && ('all' in json || 'any' in json || 'atLeast' in json)) {
    const combination = readCombination(reader, field, json, [], level);
    if (combination !== null) return combination;
  }
  const f = reader.fields(field, json, ['role', 'agents', 'threshold']);
  const agents = reader.names(`${field}.agents`, f.agents, 1);
  const threshold = readThreshold(reader, `${field}.threshold`, f.threshold, 'majority');
  if (typeof threshold === 'number' && threshold > agents.length) {
    reader.contradict(
      `${field}.threshold`,
      `${field}.agents`,
      `${threshold} cannot be reached by ${agents.length}: lower the threshold`,
    );
  }
  const role = reader.text(`${field}.role`, f.role, limits.nameLength) ?? 'agents';
  return { role, agents, threshold };
}
