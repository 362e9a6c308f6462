import type { Contestant } from '../contestant.ts';
import { DataDirectory, durableLog } from '../durable-log.ts';
import { startScript } from '../servers/server-process.ts';
import { pollingClients } from './polling.ts';
import { roundsOf, type Voter } from './rounds.ts';
import { waitingAgents } from './waiting.ts';

type Log = 'memory' | 'durable';

/** The classroom's clients on our server. */
export function classroomOn(log: Log): Promise<Contestant> {
  return on(log, pollingClients);
}

/** The same rounds as propose-and-wait. */
export function waitingOn(log: Log): Promise<Contestant> {
  return on(log, waitingAgents);
}

async function on(log: Log, votersAt: (url: string) => Voter[] | Promise<Voter[]>): Promise<Contestant> {
  const directory = new DataDirectory();
  const server = await startScript('quorate-server.js', [
    log === 'memory' ? 'memory:' : durableLog(directory.path),
  ]);
  return roundsOf(server, await votersAt(server.url), () => directory.removeAfter(server.stop));
}
