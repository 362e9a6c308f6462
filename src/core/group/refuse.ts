import type { Expected } from '../entry.ts';
import type { Refusal, RefusalCode } from '../result.ts';
import type { Group } from './state.ts';

/** A refusal with the sentence for this case. `round` is the one it is about, which the answer then shows. */
export function refuse(code: RefusalCode, detail: string, round?: number): Refusal {
  return round === undefined ? { ok: false, code, detail } : { ok: false, code, detail, round };
}

/** The refusal of a command that names another revision than the group has; null when it names this one, or none. [Q3.13] */
export function revisionRefusal(group: Group | undefined, expected: Expected): Refusal | null {
  const revision = group?.revision ?? 0;
  if (expected === null || expected === revision || (expected === 'any' && revision > 0)) return null;
  return staleRevision(group);
}

export function staleRevision(group: Group | undefined): Refusal {
  const now = group === undefined ? 'it does not exist' : `it is at revision ${group.revision}`;
  return refuse('revision-mismatch', `the group is not as you last saw it: ${now}`);
}

/** The refusal of a command for a round after the latest. */
export function notYetOpen(round: number, latest: number): Refusal {
  return refuse('round-not-open', `round ${round} is not open yet: the latest is ${latest}`, latest);
}

export function alreadyClosed(round: number): Refusal {
  return refuse('round-closed', `round ${round} is closed`, round);
}

export function exhausted({ name, round }: Group): Refusal {
  return refuse('group-exhausted', `group ${name} has used up its rounds`, round);
}
