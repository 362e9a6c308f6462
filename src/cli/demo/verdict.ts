import { connect, type RoundJson } from '../../client/index.ts';
import { groupName } from './for-people.ts';
import type { Cluster } from './start-cluster.ts';

/** What the comparison of agents and servers has found. */
export interface Verdict {
  readonly longestStallMs: number;
  /** Acknowledged proposals that some server does not have. */
  readonly lost: number;
  /** Outcomes of one round that differ between two servers, or between a server and an agent. */
  readonly violations: number;
}

/** Compares the rounds of every server with `rounds`, and with what the agents have reported. */
export async function compare(
  { urls, reports, signal }: Cluster,
  rounds: readonly RoundJson[],
): Promise<Verdict> {
  let [lost, violations, longestStallMs] = [0, 0, 0];
  for (const url of urls) {
    const own = closedOf(await connect({ url }).group(groupName).rounds({ limit: 1000, signal }));
    const byNumber = new Map(own.map((round) => [round.round, round]));
    for (const { round, state, value } of rounds) {
      const same = byNumber.get(round);
      if (same?.state !== state || same.value !== value) violations += 1;
    }
    for (const [agent, list] of reports) {
      for (const { round, proposed, outcome, waitedMs } of list) {
        longestStallMs = Math.max(longestStallMs, waitedMs);
        const record = byNumber.get(round);
        if (record?.state !== outcome.state || record.value !== outcome.value) violations += 1;
        const counted = record?.tally?.some(
          ({ value, agents }) => value === proposed && agents.includes(agent),
        );
        if (counted !== true) lost += 1;
      }
    }
  }
  return { longestStallMs, lost, violations };
}

/** The closed rounds, oldest first. */
export function closedOf(rounds: readonly RoundJson[]): RoundJson[] {
  return rounds.filter(({ state }) => state !== 'WAITING').sort((a, b) => a.round - b.round);
}
