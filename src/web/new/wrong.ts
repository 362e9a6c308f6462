import type { Complaint } from '../../core/rule/reader.ts';
import { panelsIn, whoOf } from './electorate.ts';
import { type Reading, textIn } from './form.ts';
import { members } from './members.ts';
import type { Form } from './texts.ts';

/** Something wrong, at the fields of the form that it is about. */
export interface Wrong {
  /** One, or the two that contradict each other. */
  readonly fields: readonly string[];
  /** The last of them on the page: there the sentence stands. */
  readonly at: string;
  readonly fix: string;
  /** The language of `fix`, where it is not that of the page: the core speaks English. */
  readonly lang?: 'en';
}

/** The fields in the order of the page. */
const order: readonly string[] = [
  ...['preset', 'name', 'title', 'who', 'agents', 'size', 'least', 'most', 'combine', 'role', 'threshold'],
  ...['floor', 'options', 'wins', 'equality', 'tolerance', 'share', 'decide'],
  ...['close', 'minWait', 'lastCall', 'deadline', 'deadlineFrom', 'onDeadline', 'default'],
  ...['reveal', 'revote', 'next', 'maxRounds', 'tie', 'priority', 'weights', 'veto', 'required', 'admission'],
];

/** All that is wrong with a form, in the order in which the core finds it. `complaints`: those of a server, instead of the core's. */
export function wrongIn(form: Form, reading: Reading, complaints?: readonly Complaint[]): readonly Wrong[] {
  const { parsed, slips } = reading;
  if (slips.length > 0)
    return slips.map(({ field, detail }) => ({ fields: [field], at: field, fix: detail, lang: 'en' }));
  const found = complaints ?? (parsed.ok ? [] : parsed.complaints);
  return found.map(({ field, fields = [field], fix }) => {
    const shown = [...new Set(fields.map((path) => fieldOf(path, form)))];
    const at = shown.reduce((last, one) => (placeOf(one) >= placeOf(last) ? one : last));
    return { fields: shown, at, fix, lang: 'en' };
  });
}

function placeOf(field: string): number {
  const place = order.indexOf(field.split('.')[0] as string);
  return place < 0 ? order.length : place;
}

/** The field of the form in which a setting is written; `rule.electorate` is where it is said who may vote. */
function fieldOf(path: string, form: Form): string {
  const [, inRule, name = '', rest = ''] = /^(rule\.)?(\w+)(.*)$/.exec(path) ?? [];
  if (inRule === undefined) return besideRule[path] ?? name;
  if (name === 'electorate') return electorateField(rest, form);
  const member = members.find((one) => one.name === name);
  if (member === undefined) return 'more';
  const isSaid = member.fields.some((field) => form[field] !== undefined);
  if (!isSaid && form.more?.includes(`"${name}"`)) return 'more';
  const text = textIn(form);
  if (name === 'floor') return rest === '.cast' ? 'cast' : 'floor';
  if (name === 'tie') return text('tie') === 'priority' ? 'priority' : 'tie';
  if (name === 'onDeadline') return text('onDeadline') === 'default' ? 'default' : 'onDeadline';
  if (name === 'equality') {
    if (rest.includes('relative')) return 'share';
    if (rest.includes('tolerance')) return 'tolerance';
    return rest === '.field' ? 'part' : 'equality';
  }
  return name;
}

const besideRule: Readonly<Record<string, string>> = {
  'retention.rounds': 'keepRounds',
  'retention.messages': 'keepMessages',
  'retention.idle': 'keepIdle',
};

function electorateField(rest: string, form: Form): string {
  const who = whoOf(textIn(form));
  if (who === 'agents' || who === 'size') return who;
  if (who === 'live') return rest.endsWith('.min') ? 'least' : 'most';
  const panels = panelsIn(form);
  const [, n, otherwise, what] = /^(?:\[(\d+)\]|\.(else))(?:\.(role|agents|threshold))?/.exec(rest) ?? [];
  if (otherwise !== undefined) return `${what ?? 'agents'}.else`;
  if (n !== undefined) return `${what ?? 'agents'}.${panels[Number(n)] ?? '0'}`;
  return rest === '.atLeast' ? 'combine' : 'who';
}
