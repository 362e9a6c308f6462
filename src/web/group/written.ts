import type { ProposalJson, RoundJson, TallyJson } from '../../core/view/json-types.ts';
import { valueText } from '../value.ts';
import { isVetoIn } from './veto.ts';

/** What the agents of a round wrote beside the values that it shows. */

export interface Written {
  readonly agent: string;
  readonly name: string;
  readonly value: string;
  readonly note: string | null;
  readonly won: boolean;
  /** Whether it proposed something else than was decided. */
  readonly dissent: boolean;
  /** Whether it stopped the round with a veto. */
  readonly vetoed: boolean;
}

/** What stands in the place of the value of an abstention. */
const abstained = '–';

/** Those who wrote something and those who dissent: the winners, or who used a veto, first, else in the order in which they proposed. */
export function writtenIn(
  round: RoundJson,
  proposals: readonly ProposalJson[],
  dissent: readonly TallyJson[] | null,
  veto: readonly string[] = [],
): Written[] {
  const { state, options } = round;
  const lost = new Set((dissent ?? []).map(({ value }) => JSON.stringify(value)));
  const decided = state === 'SUCCESS' && dissent !== null;
  const all = proposals
    .filter((one) => one.value !== undefined || one.abstain === true)
    .map((one): Written => {
      const isCast = one.value !== undefined;
      const isLost = lost.has(JSON.stringify(one.value));
      const value = one.value === undefined ? abstained : valueText(one.value, options, 24);
      const { agent, name = agent, note = null } = one;
      const vetoed = one.value !== undefined && veto.includes(agent) && isVetoIn(round, one.value);
      return {
        agent,
        name,
        value,
        note,
        won: decided && isCast && !isLost,
        dissent: decided && isLost,
        vetoed,
      };
    })
    .filter(({ note, dissent, vetoed }) => note !== null || dissent || vetoed);
  const rank = ({ won, vetoed }: Written): number => (won || vetoed ? 0 : 1);
  return all.toSorted((one, other) => rank(one) - rank(other));
}
