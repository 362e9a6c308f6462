import { createInterface } from 'node:readline';
import { random } from '../../agents/random.ts';
import { connect, type Json, QuorateError, type RoundJson } from '../../client/index.ts';
import { print } from '../output.ts';

/**
 * One agent of `quorate demo --cluster`, a process of its own: proposes in round after round until it is told to stop
 * by the end of its input, and writes one line for each round: what it proposed, what came of it, how long it waited.
 */
export interface Told {
  readonly round: number;
  readonly proposed: Json;
  readonly outcome: Pick<RoundJson, 'state' | 'value'>;
  readonly waitedMs: number;
}

interface Orders {
  readonly urls: readonly string[];
  readonly group: string;
  readonly agent: string;
  readonly max: number;
}

const { urls, group: name, agent, max } = JSON.parse(process.argv[2] ?? '{}') as Orders;
const group = connect({ urls }).group(name);
const draw = random({ min: 1, max });
const ending = new AbortController();
createInterface({ input: process.stdin }).on('close', () => ending.abort());

try {
  for (let number = 1; ; number += 1) {
    const proposed = draw();
    const asked = performance.now();
    const { state, value } = await outcomeOf(number, proposed);
    const waitedMs = Math.round(performance.now() - asked);
    print(JSON.stringify({ round: number, proposed, outcome: { state, value }, waitedMs } satisfies Told));
    await new Promise((resolve) => setTimeout(resolve, 40 + Math.random() * 80));
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
    // The answer was lost, and asking again came after the close.
    if (!(error instanceof QuorateError) || error.code !== 'round-closed') throw error;
    round = error.round ?? (await group.round(number, { signal }));
  }
  while (round.state === 'WAITING')
    round = await group.round(number, { after: round.revision, wait: '30s', signal });
  return round;
}
