import type { State } from '../../src/core/group/state.ts';
import { viewClaim } from '../../src/core/view/claim.ts';
import type { ClaimJson, RoundJson } from '../../src/core/view/json-types.ts';
import { viewGroup, viewRound } from '../../src/core/view/view.ts';
import type { Answer } from './answers.ts';

/**
 * What answers at one index may show: an answer to a command shows the state right after that command, a read shows it after
 * the whole entry, so everything that was to be seen after some command of the entry is allowed, and nothing else.
 */
export class Views {
  /** Texts by group, or by group and round. */
  private readonly texts = new Map<string, Set<string>>();

  /** Only what these answers show is looked at. */
  constructor(answers: readonly Answer[]) {
    for (const { body } of answers) {
      if (body === null) continue;
      if (isClaim(body)) this.texts.set(keyOf(body.group, body.round, 'claim'), new Set());
      if ('rule' in body) this.texts.set(keyOf(body.group as string), new Set());
      const shown = ('rounds' in body ? body.rounds : [body.round, body]) as unknown[];
      for (const round of shown) {
        if (isRound(round)) this.texts.set(keyOf(round.group, round.round), new Set());
      }
    }
  }

  /** Notes what is to be seen now. */
  look(state: State): void {
    for (const [key, texts] of this.texts) {
      const [name, number, what] = JSON.parse(key) as [string, number | null, string?];
      const group = state.groups.get(name);
      if (group === undefined) texts.add('no group');
      else if (what === 'claim') texts.add(JSON.stringify(viewClaim(group, number ?? 0, state.index)));
      else
        texts.add(
          JSON.stringify(
            number === null ? viewGroup(group, state.index) : viewRound(group, number, state.index),
          ),
        );
    }
  }

  of(group: string, round: number | null = null, what?: 'claim'): ReadonlySet<string> {
    return this.texts.get(keyOf(group, round, what)) ?? new Set();
  }
}

function keyOf(group: string, round: number | null = null, what?: 'claim'): string {
  return JSON.stringify(what === undefined ? [group, round] : [group, round, what]);
}

/** Whether an answer shows the claim on a round. */
export function isClaim(shown: object): shown is ClaimJson {
  return 'fence' in shown && 'holder' in shown;
}

function isRound(shown: unknown): shown is RoundJson {
  return (
    typeof shown === 'object' && shown !== null && 'state' in shown && 'round' in shown && !isClaim(shown)
  );
}
