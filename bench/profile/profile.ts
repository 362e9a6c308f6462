import type { Competitor } from '../contestant.ts';
import { contestants } from '../rows.ts';
import { hottest, type Room, shareByRoom } from './rooms.ts';

/** Where the time of one request goes. */
export interface Bar {
  readonly label: string;
  /** room -> microseconds of processor time for each request. */
  readonly times: ReadonlyMap<Room, number>;
}

const profiled = [
  ['node-http', 'bare node:http echo, 96 connections'],
  ['hot-memory', 'memory log, 96 connections'],
  ['hot-durable', 'durable log, 96 connections'],
  ['few-6', 'durable log, 6 connections'],
  ['many-durable', 'durable log, 128 votes a request'],
  ['messages-96-to-3', 'messages, 96 publishers'],
] as const;

/** Profiles one slice of each server on the hot path; the functions that take longest go to stderr, for each request. */
export async function profileServers(seconds: number): Promise<Bar[]> {
  const bars: Bar[] = [];
  for (const [name, label] of profiled) {
    process.stderr.write(`profile of ${name}\n`);
    const { server, prepare, slice, stop } = await (contestants[name] as Competitor).start();
    try {
      await prepare?.();
      if (server === undefined) throw new Error(`${name} has no server to profile`);
      await server.ask('start profile');
      const before = server.mainThreadUs() ?? 0;
      const { cpuUs = 0, perSecond = 0 } = await slice(seconds);
      const mainUs = ((server.mainThreadUs() ?? 0) - before) / (perSecond * seconds);
      const profile = await server.ask('end profile');
      const shares = shareByRoom(profile);
      for (const [share, place] of hottest(profile, 12))
        process.stderr.write(`${(share * mainUs).toFixed(1).padStart(8)} us  ${place}\n`);
      const times = new Map([...shares].map(([room, share]) => [room, share * mainUs]));
      bars.push({ label, times: times.set('other threads', Math.max(cpuUs - mainUs, 0)) });
    } finally {
      await stop();
    }
  }
  return bars;
}
