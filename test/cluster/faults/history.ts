import { checkHistory } from '../../../src/cli/log/history-check.ts';
import { canonical } from '../../../src/core/json.ts';
import type { Json, RoundState } from '../../../src/core/types.ts';
import type { RoundJson } from '../../../src/core/view/json-types.ts';
import { settingsOf } from '../../harness/entries.ts';
import { allows, judge } from '../../judge/judge.ts';
import type { Ballot, Verdict } from '../../judge/types.ts';

/** The agents of every group, of whom two must agree. */
export const agentNames = ['agent-0', 'agent-1', 'agent-2', 'agent-3'];
export const rule = { electorate: { agents: agentNames }, threshold: 2, next: 'continuous' } as const;
const { rule: parsedRule } = settingsOf({ rule });

/** What an agent is told to do. `lazy`: at times it comes too late for the deadline. */
export interface Orders {
  readonly urls: readonly string[];
  readonly group: string;
  /** The group in which the agents of all groups talk. */
  readonly talk: string;
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
    const ballots: Ballot[] = [];
    const seen = new Set<string>();
    for (const { value: put, agents } of tally ?? []) {
      for (const agent of agents) {
        ballots.push({ agent, value: canonical(put) });
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
    const verdict = judge(parsedRule, { count: agentNames.length, weight: agentNames.length }, ballots);
    const due: Verdict = reason === 'deadline' ? { state: 'FAILED', why: 'no-agreement' } : verdict;
    if ((state === 'SUCCESS') === (value === null) || !allows(due, value === null ? null : canonical(value)))
      found.push(
        `validity: ${group} round ${round} is ${state} ${value} (${reason}), should be ${JSON.stringify(due)}`,
      );
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
  const calls = history.flatMap(({ response, process, ...call }, i) =>
    'index' in response
      ? [{ ...call, process: String(process), line: i + 1, response: { index: response.index } }]
      : [],
  );
  const found = checkHistory(calls).filter(({ check }) => check === 'real-time');
  return found.map(({ text }) => `real time: ${text}`);
}
