import { wrongInput } from './fixes.ts';

/** What a person was asked: to vote in this round, under this name. */
export interface Handle {
  readonly group: string;
  readonly round: number;
  readonly agent: string;
}

/** A handle as text, which wait takes. No name has a slash in it. */
export function handleText({ group, round, agent }: Handle): string {
  return `${group}/${round}/${agent}`;
}

/** Throws `invalid-request` for a text that is no handle. */
export function readHandle(text: string): Handle {
  const [, group, round, agent] = /^([^/]+)\/([1-9][0-9]*)\/([^/]+)$/.exec(text) ?? [];
  if (group === undefined || agent === undefined)
    throw wrongInput(`"${text}" is no handle`, 'give the handle as ask_human answered it');
  return { group, round: Number(round), agent };
}
