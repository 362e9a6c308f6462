import { spawnSync } from 'node:child_process';
import { natsBinary } from '../../test/harness/tools.ts';
import { DataDirectory } from '../durable-log.ts';
import { Connection } from '../rounds/connection.ts';
import { startServer } from '../servers/server-process.ts';
import { openStream } from './open-stream.ts';
import type { Medium } from './talk.ts';

/**
 * NATS JetStream, one node with a stream in a file. As it comes, a PubAck says that the message was written to the file: the system
 * writes it to the disk later, and the server asks for that once a minute. Debian's version cannot be set to do so more often. With
 * `synced` its files are marked so that the system has each write on the disk before it returns (`chattr +S`): then a PubAck
 * promises what an answer of ours does.
 */
export async function nats({ synced }: { readonly synced: boolean }): Promise<Medium> {
  const program = natsBinary();
  if (program === null) throw new Error('no NATS');
  const directory = new DataDirectory();
  if (synced && !marksAsSynced(directory.path)) throw new Error(`no ${syncedFiles} in ${directory.path}`);
  const server = await startServer({
    command: program.path,
    args: ['--addr', '127.0.0.1', '--port', '-1', '--jetstream', '--store_dir', directory.path],
    env: program.env,
    ready: /Listening for client connections on ([\d.:]+)/,
  });
  const url = `nats://${server.url}`;
  const manager = await NatsConnection.open(url);
  const stream = { name: 'talk', subjects: ['said'], storage: 'file', retention: 'limits', discard: 'old' };
  await manager.manage('STREAM.CREATE.talk', { ...stream, max_msgs: 1000, num_replicas: 1 });
  return {
    server,
    async publisher() {
      const connection = await NatsConnection.open(url);
      return {
        async say(text) {
          const ack = await connection.request('said', text);
          if (!ack.includes('"seq"')) throw new Error(`NATS refused: ${ack}`);
        },
        close: () => connection.close(),
      };
    },
    async listener(number, hear) {
      const subject = `to.${number}`;
      const opening = `${hello}SUB ${subject} 1\r\nPING\r\n`;
      const listening = await openStream(url, opening, 'PONG\r\n', (chunk, write) => {
        if (chunk.endsWith('PING\r\n')) write('PONG\r\n');
        hear(chunk);
      });
      const config = { deliver_subject: subject, deliver_policy: 'new', ack_policy: 'none' };
      await manager.manage('CONSUMER.CREATE.talk', { stream_name: 'talk', config });
      return listening;
    },
    async stop() {
      manager.close();
      await directory.removeAfter(server.stop);
    },
  };
}

const syncedFiles = 'files that the system writes to the disk at once (chattr +S)';

/** NATS where the file system can be told to have every write on the disk; null where it cannot, which is said aloud. */
export function syncedNats(): unknown {
  const directory = new DataDirectory();
  const can = marksAsSynced(directory.path);
  directory.remove();
  if (!can) console.error(`!!!! SKIPPED: NATS with every write synced: no ${syncedFiles}`);
  return can ? natsBinary() : null;
}

function marksAsSynced(directory: string): boolean {
  return spawnSync('chattr', ['+S', directory]).status === 0;
}

const hello = 'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n';

/** A connection that speaks NATS' protocol, for one question at a time. */
class NatsConnection {
  readonly #connection: Connection;

  private constructor(url: string) {
    this.#connection = new Connection(url, endOfFrame);
  }

  static async open(url: string): Promise<NatsConnection> {
    const opened = new NatsConnection(url);
    await opened.#askFor('PONG', `${hello}SUB ${opened.#inbox} 1\r\nPING\r\n`);
    return opened;
  }

  readonly #inbox = `answers.${Math.random()}`;

  /** The answer to a message, as it was sent. */
  request(subject: string, text: string): Promise<string> {
    return this.#askFor('MSG', `PUB ${subject} ${this.#inbox} ${text.length}\r\n${text}\r\n`);
  }

  /** Makes a stream or a consumer. */
  async manage(what: string, settings: object): Promise<void> {
    const answer = await this.request(`$JS.API.${what}`, JSON.stringify(settings));
    if (answer.includes('"error"')) throw new Error(`NATS refused ${what}: ${answer}`);
  }

  close(): void {
    this.#connection.close();
  }

  /** The next frame of this kind after the question. */
  async #askFor(kind: string, question: string): Promise<string> {
    let frame = await this.#connection.ask(question);
    while (!frame.toString('latin1', 0, kind.length).startsWith(kind)) {
      const text = frame.toString();
      if (text.startsWith('-ERR')) throw new Error(`NATS refused: ${text}`);
      const isPing = text.startsWith('PING');
      frame = await (isPing ? this.#connection.ask('PONG\r\n') : this.#connection.next());
    }
    return frame.toString();
  }
}

/** Where the first frame ends: a line, and for a message what it carries, whose length ends the line; 0 when it is not complete. */
function endOfFrame(received: Buffer): number {
  const lineEnds = received.indexOf('\r\n');
  if (lineEnds < 0) return 0;
  const line = received.toString('latin1', 0, lineEnds);
  if (!line.startsWith('MSG')) return lineEnds + 2;
  const end = lineEnds + 2 + Number(line.slice(line.lastIndexOf(' '))) + 2;
  return received.length < end ? 0 : end;
}
