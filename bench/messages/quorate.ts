import { openLog } from '../../src/log/open.ts';
import { newestVersion } from '../../test/harness/entries.ts';
import { DataDirectory, durableLog } from '../durable-log.ts';
import { makeGroups } from '../load/groups.ts';
import { HttpConnection, request } from '../rounds/http.ts';
import { startScript } from '../servers/server-process.ts';
import { fill, join, put, say } from '../state/fill.ts';
import { type Listening, openStream } from './open-stream.ts';
import type { Medium } from './talk.ts';

const group = '/v1/groups/talk';

/** What the group holds before anybody publishes. */
interface Before {
  readonly members: number;
  readonly messages: number;
}

/** A group on our server with its log in a file: members say, and listeners read its stream as server-sent events. */
export async function quorate(before?: Before): Promise<Medium> {
  const directory = new DataDirectory();
  const spec = durableLog(directory.path);
  if (before !== undefined) await fillGroup(spec, before);
  const server = await startScript('quorate-server.js', [spec]);
  const { url } = server;
  await makeGroups(url, ['talk']);
  return {
    server,
    stop: () => directory.removeAfter(server.stop),
    async publisher(number) {
      const connection = new HttpConnection(url);
      const join = request('PUT', `${group}/agents/publisher-${number}`, '{"ttl":"1h"}');
      const { token } = JSON.parse(await connection.ask(join));
      const authorization = `authorization: Bearer ${token}\r\n`;
      return {
        async say(text) {
          await connection.ask(request('POST', `${group}/messages`, `{"body":"${text}"}`, authorization));
        },
        close: () => connection.close(),
      };
    },
    listener: (_, hear) => listen(url, hear),
  };
}

/** Reads the stream on and on: the server ends each after ten minutes, for its reader to come back with the last id. */
async function listen(url: string, hear: (chunk: string) => void): Promise<Listening> {
  let heard = '';
  async function read(): Promise<Listening> {
    const last = [...heard.matchAll(/^id: (\d+)\n/gm)].at(-1)?.[1];
    const from = last === undefined ? '' : `last-event-id: ${last}\r\n`;
    const headers = `accept: text/event-stream\r\n${from}`;
    const asked = request('GET', `${group}/stream`, undefined, headers);
    const take = (chunk: string): void => {
      if (chunk.startsWith('id: ') || chunk.includes('\nid: ')) heard = chunk;
      hear(chunk);
    };
    return openStream(url, asked, 'retry: ', take, () => {
      void read().then((next) => {
        now = next;
      });
    });
  }
  let now = await read();
  return { close: () => now.close() };
}

async function fillGroup(spec: string, { members, messages }: Before): Promise<void> {
  const log = await openLog(spec);
  await fill(log, 1, () => newestVersion);
  await fill(log, 1, () => put('talk'));
  await fill(log, members, (i) => join('talk', `member-${i}`));
  await fill(log, messages, (i) => say('talk', `member-${i % members}`, `"message ${i}"`));
  await log.close();
}
