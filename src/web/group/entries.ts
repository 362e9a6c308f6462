import type { Json } from '../../core/types.ts';
import type { ProposalJson, RoundJson, TallyJson } from '../../core/view/json-types.ts';
import { nearIn } from './windows.ts';

/** What was proposed in a round, and by whom: its tally, filled up from its proposals where those are read. */
export interface Entries {
  readonly entries: readonly TallyJson[];
  /** Values that are not among them. */
  readonly moreValues: number;
}

/** A tally has the 100 heaviest values and 100 agents of each; `proposals` may have all. Null while the round hides its tally. */
export function entriesOf(
  round: RoundJson,
  proposals: readonly ProposalJson[],
  weights: Readonly<Record<string, number>> | null,
): Entries | null {
  const { tally, moreValues = 0, present, equality } = round;
  if (tally === null) return null;
  const isCut = moreValues > 0 || tally.some(({ more = 0 }) => more > 0);
  // Equal values may be spelt in several ways elsewhere: then the server alone knows which are.
  const canCount = (equality === 'exact' || nearIn(equality) !== null) && proposals.length === present;
  if (!isCut || !canCount || !proposals.every(isShown)) return { entries: tally, moreValues };
  return { entries: counted(proposals, weights), moreValues: 0 };
}

const isShown = ({ value, abstain }: ProposalJson): boolean => value !== undefined || abstain === true;

function counted(
  proposals: readonly ProposalJson[],
  weights: Readonly<Record<string, number>> | null,
): TallyJson[] {
  const byText = new Map<string, { value: Json; weight: number; agents: string[] }>();
  for (const { agent, value } of proposals) {
    if (value === undefined) continue;
    const text = JSON.stringify(value);
    const entry = byText.get(text) ?? { value, weight: 0, agents: [] };
    byText.set(text, entry);
    entry.weight += weights?.[agent] ?? 1;
    entry.agents.push(agent);
  }
  return [...byText.values()]
    .map((one) => ({ ...one, agents: one.agents.sort() }))
    .sort((one, other) => other.weight - one.weight);
}
