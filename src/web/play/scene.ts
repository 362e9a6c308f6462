import { chapters } from '../../play/chapters.ts';
import { decode, encode, type Problem, standard } from '../../play/record.ts';
import type { RunRecord } from '../../play/types.ts';

/** What the playground shows: a chapter, or free play, and the run that is seen there. The address of the page holds all of it. */
export interface Scene {
  readonly chapter: Chapter;
  readonly record: RunRecord;
  /** Up to where the run is drawn; null: to its end. */
  readonly step: number | null;
}

export const chapterIds = ['deadlock', 'itself', 'lost-reply', 'free'] as const;
export type Chapter = (typeof chapterIds)[number];

/** Agents that Quorate helps against all that may go wrong. */
const free: RunRecord = { ...standard, clients: 'named' };

/** How a chapter begins. */
export function beginningOf(chapter: Chapter): Scene {
  const record = chapters.find(({ id }) => id === chapter)?.record ?? free;
  return { chapter, record, step: null };
}

/** What is wrong with a part of an address. */
export type Fault = Problem | { readonly field: 'chapter' | 'step'; readonly problem: 'unknown' };

/** The scene that the query of an address names; with faults it is the first chapter. */
export function sceneIn(search: string): { readonly scene: Scene; readonly faults: readonly Fault[] } {
  const query = new URLSearchParams(search);
  const [named, at] = [query.get('chapter'), query.get('step')];
  query.delete('chapter');
  query.delete('step');
  const faults: Fault[] = [];
  const chapter = chapterIds.find((id) => id === named) ?? (query.size > 0 ? 'free' : 'deadlock');
  if (named !== null && chapter !== named) faults.push({ field: 'chapter', problem: 'unknown' });
  if (at !== null && !/^\d{1,6}$/.test(at)) faults.push({ field: 'step', problem: 'unknown' });
  const step = at === null ? null : Number(at);
  const beginning = beginningOf(chapter);
  if (query.size === 0 && faults.length === 0) return { scene: { ...beginning, step }, faults };
  const { record, problems } = decode(query.toString());
  faults.push(...problems);
  return faults.length > 0
    ? { scene: beginningOf('deadlock'), faults }
    : { scene: { chapter, record, step }, faults };
}

/** The query that names the scene, with its `?`. */
export function queryOf({ chapter, record, step }: Scene): string {
  const text = encode(record);
  const query = new URLSearchParams(text === encode(beginningOf(chapter).record) ? '' : text);
  if (chapter !== 'deadlock' || query.size > 0) query.set('chapter', chapter);
  if (step !== null) query.set('step', String(step));
  return query.size === 0 ? '' : `?${query}`;
}
