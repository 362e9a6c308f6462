import type { Electorate, Json, Part } from '../../core/types.ts';
import { type Form, readNames, readNumber, readThreshold, type TextOf, writeThreshold } from './texts.ts';

/** Who may vote, as fields of the form: agents by name, any of a number, whoever is live, or panels. */

const kinds = ['agents', 'size', 'live', 'parts'] as const;
export type Who = (typeof kinds)[number];

export function whoOf(text: TextOf): Who {
  return kinds.find((kind) => kind === text('who')) ?? 'size';
}

/** The fields of one panel. */
export const panelFields = ['role', 'agents', 'threshold'] as const;

/** The numbers of the panels that a form has, in their order. */
export function panelsIn(form: Form): readonly string[] {
  const found = Object.keys(form).flatMap((field) => /^agents\.(\d+)$/.exec(field)?.[1] ?? []);
  return found.sort((a, b) => Number(a) - Number(b));
}

export const isOfPanel = (field: string): boolean =>
  /^(?:role|agents|threshold)\.(?:\d{1,3}|else)$/.test(field);

/** Whether the form says who may vote, other than its preset does. */
export function saysWho(form: Form, who: Who): boolean {
  const fields = { agents: ['agents'], size: ['size'], live: ['least', 'most'], parts: ['combine'] };
  const panels = who === 'parts' && panelsIn(form).length > 0;
  return panels || ['who', ...fields[who]].some((field) => form[field] !== undefined);
}

export function readWho(form: Form, text: TextOf): Json {
  const who = whoOf(text);
  if (who === 'agents') return { agents: readNames(text('agents')) };
  if (who === 'size') return { size: readNumber(text('size')) };
  if (who === 'live') return { live: { min: readNumber(text('least')), max: readNumber(text('most')) } };
  const parts = panelsIn(form).map((n) => panel(n, text));
  const otherwise = form['agents.else'] === undefined ? {} : { else: panel('else', text) };
  const combine = text('combine');
  if (combine === 'all') return { all: parts, ...otherwise };
  return combine === 'any'
    ? { any: parts, ...otherwise }
    : { atLeast: readNumber(combine), of: parts, ...otherwise };
}

function panel(n: string, text: TextOf): Json {
  const [role, threshold] = [text(`role.${n}`), text(`threshold.${n}`)];
  return {
    ...(role !== '' && { role }),
    agents: readNames(text(`agents.${n}`)),
    ...(threshold !== '' && { threshold: readThreshold(threshold) }),
  };
}

/** The fields of an electorate; of panels within panels, which the form does not show, none. */
export function writeWho(electorate: Electorate): Form {
  if ('size' in electorate) return { who: 'size', size: String(electorate.size) };
  if ('agents' in electorate) return { who: 'agents', agents: electorate.agents.join(', ') };
  if ('live' in electorate) {
    const { min, max } = electorate.live;
    return { who: 'live', least: String(min), most: String(max) };
  }
  const [combine, parts] =
    'all' in electorate
      ? (['all', electorate.all] as const)
      : 'any' in electorate
        ? (['any', electorate.any] as const)
        : ([String(electorate.atLeast), electorate.of] as const);
  const numbered = parts.map((part, i) => [String(i), part] as const);
  const all = electorate.else === undefined ? numbered : [...numbered, ['else', electorate.else] as const];
  const panels = all.map(([n, part]) => writePanel(n, part));
  return panels.includes(null) ? {} : Object.assign({ who: 'parts', combine }, ...panels);
}

function writePanel(n: string, part: Part): Form | null {
  if (!('role' in part)) return null;
  const texts = [part.role, part.agents.join(', '), writeThreshold(part.threshold)];
  return Object.fromEntries(panelFields.map((field, i) => [`${field}.${n}`, texts[i] as string]));
}
