import { expect } from 'vitest';
import { buildApp } from '../../src/http/app.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { activateNewest } from '../../src/replica/activate.ts';
import { Replica } from '../../src/replica/replica.ts';
import { send } from '../harness/in-memory.ts';
import { standingAlone } from '../harness/standing-alone.ts';

export type Call = {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  url: string;
  payload?: object;
  headers?: object;
};

/** A server in memory whose clock stands, so that nothing but what it was told shows in its answers. */
export async function server() {
  const log = memoryLog();
  Object.assign(log.info, { id: 'one-log' });
  let soon = 0;
  const surroundings = {
    now: () => 1_700_000_000_000,
    elapsed: () => 0,
    random: () => (soon += 1),
    after: (ms: number, call: () => void) => {
      const timer = setTimeout(call, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    soon: (call: () => void) => void setImmediate(call),
  };
  const replica = new Replica({ log, surroundings, writer: 'one' });
  const facts = {
    version: '0.0.0',
    log: log.info,
    cluster: standingAlone(replica),
    unready: () => null,
    report: (error: Error) => expect.unreachable(String(error)),
    admins: { hashes: [] },
  };
  const app = buildApp(replica, facts);
  await replica.start();
  await activateNewest(replica, null);
  app.ready();
  const ask = async ({ method, url, payload, headers = {} }: Call): Promise<string> => {
    const body = payload === undefined ? null : JSON.stringify(payload);
    const type = body === null ? {} : { 'content-type': 'application/json' };
    const reply = await send(app.router, { method, path: url, headers: { ...type, ...headers }, body });
    const { 'content-length': _length, ...shown } = reply.headers;
    // Real time and memory, which are the machine's; how long an answer took its caller knows.
    const measured =
      /^(process_|nodejs_|quorate_event_loop|quorate_log_append|quorate_http_(request|wait)_duration_seconds_(bucket|sum))/;
    const text = reply.text.split('\n').filter((line) => !measured.test(line));
    return `${method} ${url} ${reply.status} ${JSON.stringify(shown)} ${text.join('\n')}`;
  };
  const stop = async (): Promise<void> => {
    await app.close();
    await replica.stop();
  };
  return { ask, stop };
}
