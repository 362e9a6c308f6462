import { readFileSync } from 'node:fs';
import { freePorts } from '../../test/cluster/ports.ts';
import { redisBinary } from '../../test/harness/tools.ts';
import type { Contestant } from '../contestant.ts';
import { DataDirectory } from '../durable-log.ts';
import { RespConnection } from '../rounds/resp.ts';
import { roundsOf, type Voter } from '../rounds/rounds.ts';
import { startServer } from '../servers/server-process.ts';

/** The same rounds on Redis, as durable: a script does one rule, and all voters are told by a message of its channel. */
export async function onRedis(): Promise<Contestant> {
  const { server, url, stop } = await startRedis();
  const voters = await Promise.all(['1', '2', '3'].map((id) => voter(url, id)));
  return roundsOf(server, voters, stop);
}

/** Redis that has every write on the disk before it answers. */
export async function startRedis() {
  const redis = redisBinary();
  if (redis === null) throw new Error('no Redis');
  const directory = new DataDirectory();
  const [port] = await freePorts(1);
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const server = await startServer({
    command: redis.path,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory.path, ...durable],
    env: redis.env,
    ready: /(Ready to accept connections)/,
  });
  const stop = (): Promise<void> => directory.removeAfter(server.stop);
  return { server, url: `redis://127.0.0.1:${port}`, stop };
}

const script = readFileSync('bench/peers/vote.lua', 'utf8');

async function voter(url: string, id: string): Promise<Voter> {
  const commands = new RespConnection(url);
  const messages = new RespConnection(url);
  // A bulk string: its length and its text.
  const [, hash = ''] = (await commands.ask('SCRIPT', 'LOAD', script)).split('\r\n');
  await messages.ask('SUBSCRIBE', 'group');
  return {
    async vote(round) {
      const told = messages.next();
      await commands.ask('EVALSHA', hash, '1', 'group', String(round), `agent-${id}`, id);
      const message = await told;
      if (!message.includes(`${round} FAILED`)) throw new Error(`round ${round}: ${message}`);
      return 1;
    },
    close() {
      commands.close();
      messages.close();
    },
  };
}
