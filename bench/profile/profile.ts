import { type Competitor, contestants } from '../rows.ts';
import { type Room, shareByRoom } from './rooms.ts';

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
] as const;

/** Profiles one slice of the servers on the hot path. */
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
      const shares = shareByRoom(await server.ask('end profile'));
      const times = new Map([...shares].map(([room, share]) => [room, share * mainUs]));
      bars.push({ label, times: times.set('other threads', Math.max(cpuUs - mainUs, 0)) });
    } finally {
      await stop();
    }
  }
  return bars;
}
