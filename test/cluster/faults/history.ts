import type { Json, RoundState } from '../../../src/core/types.ts';
import type { RoundJson } from '../../../src/core/view/json-types.ts';

/** What an agent is told to do. `lazy`: at times it comes too late for the deadline. */
export interface Orders {
  readonly urls: readonly string[];
  readonly group: string;
  readonly agent: string;
  readonly seed: number;
  readonly lazy: boolean;
}

/** One line of a history: what was asked, when, and what came back. Times are ns of one monotonic clock. */
export interface Operation {
  readonly process: number;
  readonly invokedAt: number;
  readonly completedAt: number;
  readonly op: 'propose' | 'read';
  readonly group: string;
  readonly agent: string;
  readonly round: number;
  readonly value: number | null;
  readonly response:
    | { readonly state: RoundState; readonly value: Json; readonly index: number; readonly counted: boolean }
    | { readonly error: string; readonly outcome: string };
}

/** The rounds of one group as each server shows them when all is quiet. */
export type Records = ReadonlyMap<string, readonly (readonly RoundJson[])[]>;

/** Everything in a history and in the servers' records that should not be; empty when all is well. */
export function violationsIn(history: readonly Operation[], records: Records): string[] {
  return [
    ...[...records].flatMap(([group, byServer]) => [
      ...sameEverywhere(group, byServer),
      ...contiguous(group, byServer),
      ...valid(group, byServer[0] ?? [], history),
    ]),
    ...agreeing(history, records),
    ...inRealTime(history),
  ];
}

/** Equal states: the servers' records do not differ in anything but where in the log they were read. */
function sameEverywhere(group: string, byServer: readonly (readonly RoundJson[])[]): string[] {
  const texts = byServer.map((rounds) => JSON.stringify(rounds.map(({ index: _, ...round }) => round)));
  return texts.every((text) => text === texts[0]) ? [] : [`state: the servers' records of ${group} differ`];
}

function contiguous(group: string, byServer: readonly (readonly RoundJson[])[]): string[] {
  return byServer.flatMap((rounds, server) => {
    const gap = rounds.find(({ round }, i) => round !== i + 1);
    return gap === undefined
      ? []
      : [`rounds: server ${server} lacks a round of ${group} before ${gap.round}`];
  });
}

/** Validity, recomputed from what the agents say they proposed; and nothing acknowledged is lost. */
function valid(group: string, rounds: readonly RoundJson[], history: readonly Operation[]): string[] {
  const proposed = new Map<string, { value: number | null; counted: boolean }>();
  for (const { op, group: of, agent, round, value, response } of history)
    if (op === 'propose' && of === group)
      proposed.set(`${round} ${agent}`, { value, counted: 'counted' in response && response.counted });
  const found: string[] = [];
  for (const { round, state, value, reason, tally } of rounds) {
    if (state === 'WAITING') continue;
    const counts = new Map<Json, number>();
    const seen = new Set<string>();
    for (const { value: put, agents } of tally ?? []) {
      counts.set(put, agents.length);
      for (const agent of agents) {
        seen.add(agent);
        const said = proposed.get(`${round} ${agent}`);
        if (said !== undefined && said.value !== put)
          found.push(
            `validity: ${group} round ${round} counts ${put} for ${agent}, who proposed ${said.value}`,
          );
      }
    }
    for (const [key, { counted }] of proposed) {
      const [number, agent] = key.split(' ') as [string, string];
      if (Number(number) === round && counted && !seen.has(agent))
        found.push(`durability: ${group} round ${round} lost the acknowledged proposal of ${agent}`);
    }
    const most = Math.max(0, ...counts.values());
    const leaders = [...counts].filter(([, count]) => count === most);
    const due = most >= 2 && leaders.length === 1 && reason !== 'deadline' ? leaders[0]?.[0] : null;
    if ((state === 'SUCCESS') !== (due !== null) || (value ?? null) !== (due ?? null))
      found.push(`validity: ${group} round ${round} is ${state} ${value} (${reason}), should be ${due}`);
  }
  const known = new Set(rounds.map(({ round }) => round));
  for (const [key, { counted }] of proposed)
    if (counted && !known.has(Number(key.split(' ')[0])))
      found.push(`durability: ${group} lost round ${key}`);
  return found;
}

/** Agreement: whatever anybody was told about a closed round is what every server shows of it. */
function agreeing(history: readonly Operation[], records: Records): string[] {
  return history.flatMap(({ group, agent, round, response }) => {
    if (!('state' in response) || response.state === 'WAITING') return [];
    return (records.get(group) ?? []).flatMap((rounds, server) => {
      const record = rounds[round - 1];
      const same = record?.state === response.state && record.value === response.value;
      const told = `${response.state} ${response.value}`;
      return same
        ? []
        : [`agreement: ${agent} was told ${told} of ${group} round ${round}, not so server ${server}`];
    });
  });
}

/** Real time: what was asked after another answer was complete is answered from no earlier place in the log. */
function inRealTime(history: readonly Operation[]): string[] {
  const answered = history.filter(({ response }) => 'index' in response);
  const byEnd = [...answered].sort((a, b) => a.completedAt - b.completedAt);
  const byStart = [...answered].sort((a, b) => a.invokedAt - b.invokedAt);
  const found: string[] = [];
  let [highest, next] = [0, 0];
  for (const { op, group, agent, round, invokedAt, response } of byStart) {
    for (; next < byEnd.length && (byEnd[next] as Operation).completedAt < invokedAt; next += 1)
      highest = Math.max(highest, indexOf(byEnd[next] as Operation));
    const index = 'index' in response ? response.index : 0;
    if (index < highest)
      found.push(
        `real time: ${op} of ${group} round ${round} by ${agent} saw ${index}, after ${highest} was seen`,
      );
  }
  return found;
}

function indexOf({ response }: Operation): number {
  return 'index' in response ? response.index : 0;
}
