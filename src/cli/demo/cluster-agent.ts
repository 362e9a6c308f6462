import { createInterface } from 'node:readline';
import { random } from '../../agents/random.ts';
import { connect, type Json, QuorateError, type RoundJson } from '../../client/index.ts';
import { print } from '../output.ts';

/**
 * One agent of a demo that goes on, in its own process: proposes in round after round until its input is closed, and
 * writes one line for each round.
 */
export interface AgentReport {
  readonly round: number;
  readonly proposed: Json;
  readonly outcome: Pick<RoundJson, 'state' | 'value'>;
  readonly waitedMs: number;
}

interface Task {
  readonly urls: readonly string[];
  readonly group: string;
  readonly agent: string;
  readonly max: number;
  /** Least and most time before a proposal, ms. */
  readonly pace?: readonly [least: number, most: number];
}

const { urls, group: name, agent, max, pace = [40, 120] } = JSON.parse(process.argv[2] ?? '{}') as Task;
// Without a majority it waits for as long as somebody watches that.
const group = connect({ urls, retryFor: '1d' }).group(name);
const draw = random({ min: 1, max });
const ending = new AbortController();
createInterface({ input: process.stdin }).on('close', () => ending.abort());

try {
  for (let number = 1; ; number += 1) {
    const [least, most] = pace;
    await new Promise((resolve) => setTimeout(resolve, least + Math.random() * (most - least)));
    const proposed = draw();
    const started = performance.now();
    const { state, value } = await outcomeOf(number, proposed);
    const waitedMs = Math.round(performance.now() - started);
    const report: AgentReport = { round: number, proposed, outcome: { state, value }, waitedMs };
    print(JSON.stringify(report));
  }
} catch (error) {
  if (!ending.signal.aborted) throw error;
}

async function outcomeOf(number: number, value: Json): Promise<RoundJson> {
  const { signal } = ending;
  let round: RoundJson;
  try {
    round = await group.propose({ agent, round: number, value, wait: '30s', signal });
  } catch (error) {
    // The answer was lost, and the retry came after the close.
    if (!(error instanceof QuorateError) || error.code !== 'round-closed') throw error;
    round = error.round ?? (await group.round(number, { signal }));
  }
  while (round.state === 'WAITING')
    round = await group.round(number, { after: round.revision, wait: '30s', signal });
  return round;
}
