import type { Contestant } from '../contestant.ts';
import { DataDirectory, durableLog } from '../durable-log.ts';
import { withCpu } from '../servers/cpu.ts';
import { type ServerProcess, startScript } from '../servers/server-process.ts';
import { makeGroups } from './groups.ts';
import { type Load, wrk } from './wrk.ts';

/** The hot path: durable propose-and-wait over so many connections, by wrk with 2 threads. */

const usualConnections = 96;
/** A server has compiled its hot path after this. */
const warmUpSeconds = 1;

/** A bare node:http server that parses a JSON body and sends it back: the floor that any JSON server stands on. */
export async function echo(): Promise<Contestant> {
  const server = await startScript('echo-server.js');
  const load = (seconds: number): Load => ({ script: 'echo.lua', connections: usualConnections, seconds });
  await wrk(server.url, load(warmUpSeconds));
  return {
    server,
    slice: (seconds) => withCpu([server], () => wrk(server.url, load(seconds))),
    stop: server.stop,
  };
}

/** How the load comes, each vote in a request of its own if nothing else is said. */
export interface Way {
  readonly connections?: number;
  readonly script?: 'propose.lua' | 'many.lua';
  readonly votesPerRequest?: number;
  /** A group's next round comes so many answers of each connection later: none is still under way then. */
  readonly roundsApart?: number;
}

/** `POST /v1/proposals` with 128 votes a request. */
export const manyAtOnce: Way = { connections: 8, script: 'many.lua', votesPerRequest: 128, roundsApart: 12 };

export function hotInMemory(way?: Way): Promise<Contestant> {
  return hot('memory:', way);
}

export async function hotDurable(way?: Way): Promise<Contestant> {
  const directory = new DataDirectory();
  const contestant = await hot(durableLog(directory.path), way);
  return { ...contestant, stop: () => directory.removeAfter(contestant.stop) };
}

/** A server over any log. `others` are further processes that serve, whose processor time counts as well. Figures are of votes. */
export async function hot(
  log: string,
  way: Way = {},
  others: readonly { cpuUs(): number | null }[] = [],
): Promise<Contestant> {
  const {
    connections = usualConnections,
    script = 'propose.lua',
    votesPerRequest = 1,
    roundsApart = 60,
  } = way;
  const server = await startScript('quorate-server.js', [log]);
  const groups = Math.ceil((connections / 2 / 3) * votesPerRequest * roundsApart);
  let slices = 0;
  const prepare = () => {
    slices += 1;
    return makeGroups(server.url, namesOf(slices, groups));
  };
  const slice = async (seconds: number) => {
    const load = { script, connections, groups, seconds, run: String(slices) };
    const figure = await withCpu([server, ...others], async () => {
      const { figure: ofRequests, requests } = await wrk(server.url, load);
      const { perSecond = 0 } = ofRequests;
      return {
        figure: { ...ofRequests, perSecond: perSecond * votesPerRequest },
        requests: requests * votesPerRequest,
      };
    });
    if (figure.errors > 0) process.stderr.write(`refused:\n${await refusals(server)}`);
    return figure;
  };
  await prepare();
  await slice(warmUpSeconds);
  return { server, prepare, slice, stop: server.stop };
}

/** The groups of the two threads of propose.lua. */
function namesOf(run: number, count: number): string[] {
  return [0, 1].flatMap((thread) =>
    Array.from({ length: count }, (_, group) => `bench-${run}-${thread}-${group}`),
  );
}

/** What the server says it refused, by code. */
async function refusals({ url }: ServerProcess): Promise<string> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return `${lines.filter((line) => line.startsWith('quorate_problems_total')).join('\n')}\n`;
}
