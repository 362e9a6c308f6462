import type { Contestant } from '../contestant.ts';
import { figureOf } from '../figure.ts';
import { withCpu } from '../servers/cpu.ts';
import type { ServerProcess } from '../servers/server-process.ts';

/** One of the three agents of a group, with a connection of its own. */
export interface Voter {
  /** Takes part in a round and resolves when it has been told how that ended, with the number of requests it took. */
  vote(round: number): Promise<number>;
  close(): void;
}

const warmUpSeconds = 1;

/**
 * Rounds of three agents, one after the other. All post at the same moment, and the next round begins when all have been told: the
 * original loses rounds otherwise. The values always differ, so that every round fails: the original knows no round after a success.
 */
export async function roundsOf(
  server: ServerProcess,
  voters: readonly Voter[],
  stop = server.stop,
): Promise<Contestant> {
  let round = 0;
  const slice = (seconds: number) =>
    withCpu([server], async () => {
      const times: number[] = [];
      let requests = 0;
      const begun = performance.now();
      const ends = begun + seconds * 1000;
      for (let now = begun; now < ends; ) {
        round += 1;
        const sent = await Promise.all(voters.map((voter) => voter.vote(round)));
        const told = performance.now();
        times.push(told - now);
        requests += sent.reduce((sum, count) => sum + count, 0);
        now = told;
      }
      return { figure: figureOf(times, (performance.now() - begun) / 1000), requests };
    });
  await slice(warmUpSeconds);
  return {
    server,
    slice,
    stop() {
      for (const voter of voters) voter.close();
      return stop();
    },
  };
}
