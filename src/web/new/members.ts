import type { Json } from '../../core/types.ts';
import type { RuleJson } from '../../core/view/json-types.ts';
import {
  readDuration,
  readNames,
  readNumber,
  readOptions,
  readShare,
  readThreshold,
  readValue,
  readValues,
  readWeights,
  type TextOf,
  writeDuration,
  writeOptions,
  writeShare,
  writeThreshold,
  writeValue,
  writeValues,
} from './texts.ts';

/** A member of a rule, and the fields of the form that it is written in; the electorate is in electorate.ts. */
export interface Member {
  readonly name: Exclude<keyof RuleJson, 'electorate'>;
  readonly fields: readonly string[];
  /** Throws `NoJson`. */
  readonly read: (text: TextOf) => Json;
  /** The texts of the fields, in their order. */
  readonly write: (rule: RuleJson) => readonly string[];
}

export const members: readonly Member[] = [
  one('threshold', readThreshold, ({ threshold }) => writeThreshold(threshold)),
  {
    name: 'floor',
    fields: ['floor', 'cast'],
    read: (text) => {
      const present = readNumber(text('floor'));
      return text('cast') === '' ? present : { present, cast: readNumber(text('cast')) };
    },
    write: ({ floor }) =>
      typeof floor === 'number' ? [String(floor), ''] : [String(floor.present), String(floor.cast)],
  },
  word('of'),
  one(
    'options',
    (text) => orNull(text, readOptions),
    ({ options }) => writeOptions(options ?? []),
  ),
  one(
    'wins',
    (text) => orNull(text, readValues),
    ({ wins }) => writeValues(wins ?? []),
  ),
  {
    name: 'equality',
    fields: ['equality', 'tolerance', 'share', 'part'],
    read: equality,
    write: fromEquality,
  },
  word('decide'),
  one('minWait', readDuration, ({ minWait }) => writeDuration(minWait)),
  one('lastCall', readDuration, ({ lastCall }) => writeDuration(lastCall)),
  one('deadline', readDuration, ({ deadline }) => writeDuration(deadline)),
  word('deadlineFrom'),
  {
    name: 'onDeadline',
    fields: ['onDeadline', 'default'],
    read: (text) =>
      text('onDeadline') === 'default' ? { default: readValue(text('default')) } : text('onDeadline'),
    write: ({ onDeadline }) =>
      typeof onDeadline === 'object' ? ['default', writeValue(onDeadline.default)] : [onDeadline, ''],
  },
  word('close'),
  word('reveal'),
  one(
    'revote',
    (text) => text === 'yes',
    ({ revote }) => (revote ? 'yes' : 'no'),
  ),
  word('next'),
  one(
    'maxRounds',
    (text) => orNull(text, readNumber),
    ({ maxRounds }) => (maxRounds === null ? '' : String(maxRounds)),
  ),
  {
    name: 'tie',
    fields: ['tie', 'priority'],
    read: (text) => (text('tie') === 'priority' ? { priority: readValues(text('priority')) } : text('tie')),
    write: ({ tie }) => (typeof tie === 'object' ? ['priority', writeValues(tie.priority)] : [tie, '']),
  },
  one('weights', readWeights, ({ weights }) =>
    Object.entries(weights ?? {})
      .map(([agent, weight]) => `${agent}=${weight}`)
      .join(', '),
  ),
  one('veto', readNames, ({ veto }) => veto.join(', ')),
  one('required', readNames, ({ required }) => required.join(', ')),
  word('absent'),
  one('valueBytes', readNumber, ({ valueBytes }) => String(valueBytes)),
];

/** A member that stands in one field of its own name. */
function one(name: Member['name'], read: (text: string) => Json, write: (rule: RuleJson) => string): Member {
  return { name, fields: [name], read: (text) => read(text(name)), write: (rule) => [write(rule)] };
}

/** A member that is one of a few words. */
function word(name: 'of' | 'decide' | 'deadlineFrom' | 'close' | 'reveal' | 'next' | 'absent'): Member {
  return one(
    name,
    (text) => text,
    (rule) => rule[name],
  );
}

function orNull(text: string, read: (text: string) => Json): Json {
  return text.trim() === '' ? null : read(text);
}

function equality(text: TextOf): Json {
  const kind = text('equality');
  const by = kind === 'near' ? near(text) : kind === 'set' ? { set: true } : kind;
  return text('part') === '' ? by : { field: text('part'), by };
}

function near(text: TextOf): Json {
  const [tolerance, share] = [text('tolerance'), text('share')];
  return {
    ...((tolerance !== '' || share === '') && { tolerance: readNumber(tolerance) }),
    ...(share !== '' && { relative: readShare(share) }),
  };
}

function fromEquality({ equality }: RuleJson): readonly string[] {
  const isPart = typeof equality === 'object' && 'field' in equality;
  const by = isPart ? equality.by : equality;
  const part = isPart ? equality.field : '';
  if (typeof by === 'string') return [by, '', '', part];
  if ('set' in by) return ['set', '', '', part];
  const { tolerance, relative } = by;
  if (relative === undefined) return ['near', String(tolerance), '', part];
  return ['near', tolerance === 0 ? '' : String(tolerance), writeShare(relative), part];
}
