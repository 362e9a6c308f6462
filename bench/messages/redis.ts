import { startRedis } from '../peers/redis.ts';
import { RespConnection } from '../rounds/resp.ts';
import type { Medium } from './talk.ts';

const stream = 'talk';
/** It keeps about as many as a group of ours does. */
const kept = ['MAXLEN', '~', '1000'];

/** A stream of Redis, which has each message on the disk before it answers. */
export async function redisStreams(): Promise<Medium> {
  const { server, url, stop } = await startRedis();
  return {
    server,
    stop,
    async publisher() {
      const connection = new RespConnection(url);
      await connection.ask('PING');
      return {
        say: async (text) => void (await connection.ask('XADD', stream, ...kept, '*', 'body', text)),
        close: () => connection.close(),
      };
    },
    async listener(_, hear) {
      const connection = new RespConnection(url);
      await connection.ask('PING');
      void readOn(connection, hear);
      return connection;
    },
  };
}

/** Asks for what comes after the last message that it was told, until the connection is closed. */
async function readOn(connection: RespConnection, hear: (chunk: string) => void): Promise<void> {
  for (let last = '0-0'; ; ) {
    const reply = await connection.ask('XREAD', 'BLOCK', '0', 'STREAMS', stream, last);
    hear(reply);
    last = /.*\r\n(\d+-\d+)\r\n/s.exec(reply)?.[1] ?? last;
  }
}
