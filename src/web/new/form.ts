import { canonical, parseJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { type ParsedSettings, parseSettings } from '../../core/rule/settings.ts';
import type { Json, Settings } from '../../core/types.ts';
import { viewRule } from '../../core/view/rule.ts';
import { isOfPanel, readWho, saysWho, whoOf, writeWho } from './electorate.ts';
import { members } from './members.ts';
import {
  type Form,
  NoJson,
  readDuration,
  readNames,
  readNumber,
  type TextOf,
  writeDuration,
} from './texts.ts';

/** The form of a new group: the body of PUT follows from it, and it from settings or an address. */

type Body = { [name: string]: Json };

/** A field whose text is JSON with a slip. */
interface Slip {
  readonly field: string;
  readonly detail: string;
}

/** What a form comes to: the body, and what the core, or already the form, finds wrong with it. */
export interface Reading {
  readonly body: Body;
  readonly parsed: ParsedSettings;
  readonly slips: readonly Slip[];
}

/** Beside the rule: fields of their own. */
const besides = ['preset', 'name', 'title', 'admission', 'mayClose', 'mayWaive', 'maySpend', 'subjectHash'];
const retention = ['keepRounds', 'keepMessages', 'keepIdle'];
const ofWho = ['who', 'size', 'agents', 'least', 'most', 'combine'];
/** `more`: members of the rule as JSON, for what has no field. Fields go before it. */
const known = new Set([
  ...besides,
  ...retention,
  ...ofWho,
  ...members.flatMap(({ fields }) => fields),
  'more',
]);

/** The text that stands in a field: as it was written, or else as the preset has it. */
export function textIn(form: Form): TextOf {
  const base = baseOf(form.preset);
  return (field) => form[field] ?? base[field] ?? '';
}

/** The form with another text in a field. */
export function edited(form: Form, field: string, text: string): Form {
  return withoutBase({ ...form, [field]: text });
}

export function read(form: Form): Reading {
  const text = textIn(form);
  const slips: Slip[] = [];
  const attempt = (field: string, reading: () => Json): Json => {
    try {
      return reading();
    } catch (error) {
      if (!(error instanceof NoJson)) throw error;
      slips.push({ field, detail: error.message });
      return text(field);
    }
  };
  const more = attempt('more', () => readMore(text('more')));
  const who = whoOf(text);
  const rule: Body = { ...(more as Body) };
  if (saysWho(form, who)) rule.electorate = readWho(form, text);
  for (const { name, fields, read: readIt } of members) {
    // Each panel has a threshold of its own.
    if (name === 'threshold' && who === 'parts') continue;
    if (fields.some((field) => form[field] !== undefined))
      rule[name] = attempt(fields.at(-1) as string, () => readIt(text));
  }
  const kept = {
    ...(text('keepRounds') !== '' && { rounds: readNumber(text('keepRounds')) }),
    ...(text('keepMessages') !== '' && { messages: readNumber(text('keepMessages')) }),
    ...(text('keepIdle') !== '' && { idle: readDuration(text('keepIdle')) }),
  };
  const body: Body = {};
  for (const name of ['preset', 'title'] as const) if (form[name]) body[name] = form[name];
  if (Object.keys(rule).length > 0) body.rule = rule;
  if (form.admission !== undefined) body.admission = form.admission;
  for (const name of ['mayClose', 'mayWaive', 'maySpend'] as const)
    if (form[name] !== undefined) body[name] = readHands(form[name]);
  if (form.subjectHash) body.subjectHash = form.subjectHash;
  if (Object.keys(kept).length > 0) body.retention = kept;
  return { body, parsed: parseSettings(body), slips };
}

/** The form whose body has these settings. */
export function formOf(name: string, settings: Settings): Form {
  const form = withoutBase({ ...textsOf(settings), name });
  const { parsed } = read(form);
  const wanted = viewRule(settings.rule);
  const got = viewRule((parsed.ok ? parsed.settings : parsed.understood).rule);
  const missed = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
    (member) => canonical(wanted[member] as Json) !== canonical(got[member] as Json),
  );
  if (missed.length === 0) return form;
  const fields = new Set(
    missed.flatMap((member) => members.find((one) => one.name === member)?.fields ?? ofWho),
  );
  const rest = Object.entries(form).filter(([field]) => !fields.has(field));
  const more = JSON.stringify(Object.fromEntries(missed.map((member) => [member, wanted[member]])));
  return { ...Object.fromEntries(rest), more };
}

/** What an address says after its `?`, and the form that it names. */
export function toAddress(form: Form): string {
  return new URLSearchParams(form).toString();
}

export function fromAddress(search: string): Form {
  const asked = [...new URLSearchParams(search)].filter(([field]) => known.has(field) || isOfPanel(field));
  return withoutBase(Object.fromEntries(asked));
}

/** All texts that a preset puts into the form. */
function baseOf(preset: string | undefined): Form {
  const parsed = parseSettings(preset ? { preset } : {});
  return textsOf(parsed.ok ? parsed.settings : parsed.understood);
}

function withoutBase(form: Form): Form {
  const base: Form = { name: '', preset: '', more: '', ...baseOf(form.preset) };
  const said = Object.entries(form).filter(
    ([field, text]) => isOfPanel(field) || text !== (field === 'preset' ? '' : (base[field] ?? '')),
  );
  return Object.fromEntries(said);
}

function textsOf({
  preset,
  rule,
  title,
  admission,
  mayClose,
  mayWaive,
  maySpend,
  subjectHash,
  retention,
}: Settings): Form {
  const shown = viewRule(rule);
  const ofRule = members.flatMap(({ fields, write }) => {
    const texts = write(shown);
    return fields.map((field, i) => [field, texts[i] as string] as const);
  });
  return {
    size: '',
    agents: '',
    least: '2',
    most: '100',
    combine: 'all',
    ...writeWho(rule.electorate),
    ...Object.fromEntries(ofRule),
    preset: preset ?? '',
    title: title ?? '',
    admission,
    mayClose: writeHands(mayClose),
    mayWaive: writeHands(mayWaive ?? 'admin'),
    maySpend: writeHands(maySpend ?? 'admin'),
    subjectHash: subjectHash ?? '',
    keepRounds: String(retention?.rounds ?? ''),
    keepMessages: String(retention?.messages ?? ''),
    keepIdle: writeDuration(retention?.idle ?? null),
  };
}

/** `admin`, `agents`, or names; a comma behind one of these words makes it the name of an agent. */
function readHands(text: string): Json {
  const word = text.trim();
  return word === 'admin' || word === 'agents' ? word : readNames(text);
}

function writeHands(hands: Settings['mayClose']): string {
  if (typeof hands === 'string') return hands;
  const text = hands.join(', ');
  return text === 'admin' || text === 'agents' ? `${text},` : text;
}

function readMore(text: string): Json {
  if (text.trim() === '') return {};
  const parsed = parseJson(text, limits.valueDepth + 4);
  if (!parsed.ok) throw new NoJson(parsed.detail);
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new NoJson('a rule is a JSON object, as in {"threshold": 2}');
  return value;
}
