import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type App, buildApp, type Patience } from '../../src/http/app.ts';
import { AdminTokens } from '../../src/http/edge/admin-tokens.ts';
import type { Meters } from '../../src/http/metrics/meters.ts';
import type { ServerFacts } from '../../src/http/routes/ops.ts';
import type { Log } from '../../src/log/log.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { activateNewest } from '../../src/replica/activate.ts';
import { realSurroundings } from '../../src/replica/clock.ts';
import { Replica } from '../../src/replica/replica.ts';
import { ask, type Reply } from '../conformance/http/ask.ts';
import { standingAlone } from './standing-alone.ts';

/** A server in this process, put together as serve.ts does, with its parts at hand. */
export interface RunningApp {
  readonly url: string;
  readonly port: number;
  readonly logId: string;
  readonly replica: Replica;
  readonly app: App;
  /** Mistakes that the server reported. */
  readonly reported: Error[];
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly log?: Log;
  readonly patience?: Partial<Patience>;
  readonly adminToken?: string;
  readonly version?: string;
  readonly meters?: Meters;
  readonly webhooks?: ServerFacts['webhooks'];
  /** Told of each answer before it goes out. */
  readonly onAnswer?: (answer: Answer) => void;
}

/** An answer, and the route that gave it; none for a path that leads nowhere. */
export interface Answer {
  readonly route: string;
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

export async function startApp({ log = memoryLog(), ...options }: AppOptions = {}): Promise<RunningApp> {
  const writer = `test-${Math.random()}`;
  const meter = options.meters === undefined ? {} : { meter: options.meters };
  const replica = new Replica({ log, surroundings: realSurroundings(), writer, ...meter });
  const reported: Error[] = [];
  const facts = {
    version: options.version ?? '0.0.0',
    log: log.info,
    cluster: standingAlone(replica),
    unready: () => null,
    report: (error: Error) => void reported.push(error),
    admins: new AdminTokens({ token: options.adminToken }),
    webhooks: options.webhooks ?? null,
    ...(options.meters === undefined ? {} : { meters: options.meters }),
  };
  const app = buildApp(replica, facts, undefined, options.patience);
  const { onAnswer } = options;
  if (onAnswer !== undefined) watchAnswers(app, onAnswer);
  await replica.start();
  await activateNewest(replica, null);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    logId: log.info.id,
    replica,
    app,
    reported,
    ask: (method, path, body, headers) => ask(url, method, path, body, headers),
    stop: async () => {
      replica.waiters.release();
      const closed = app.close();
      const sweep = setInterval(() => app.server.closeIdleConnections(), 10);
      await replica.stop();
      await closed;
      clearInterval(sweep);
    },
  };
}

/** One event as it came over the wire, with its data read as JSON. */
export interface SeenEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came.
  readonly data: any;
}

/** A reader of an event stream that sees every byte. */
export class EventReader {
  readonly events: SeenEvent[] = [];
  readonly comments: string[] = [];
  text = '';
  status = 0;
  headers: IncomingMessage['headers'] = {};
  /** How the stream ended: by the server's word, or cut. */
  ended: 'whole' | 'cut' | null = null;
  response: IncomingMessage | null = null;
  private readonly sent: ClientRequest;
  private rest = '';
  private readonly watchers = new Set<() => void>();

  constructor(url: string, headers: Record<string, string> = {}, reads = true) {
    this.sent = request(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
    this.sent.on('response', (response) => {
      this.response = response;
      this.status = response.statusCode ?? 0;
      this.headers = response.headers;
      response.setEncoding('utf8');
      if (reads) response.on('data', (text: string) => this.take(text));
      response.on('end', () => this.finish('whole'));
      response.on('error', () => this.finish('cut'));
      response.on('close', () => this.finish('cut'));
      this.changed();
    });
    this.sent.on('error', () => this.finish('cut'));
    this.sent.end();
  }

  hangUp(): void {
    this.sent.destroy();
  }

  /** Resolves once `what` gives something other than undefined or false; rejects after `ms`. */
  until<T>(what: (reader: this) => T | undefined | false, ms = 10_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const seen = what(this);
        if (seen === undefined || seen === false) return;
        clearTimeout(late);
        this.watchers.delete(look);
        resolve(seen);
      };
      const late = setTimeout(() => {
        this.watchers.delete(look);
        reject(
          new Error(
            `not within ${ms} ms: ${what}\nstatus ${this.status}, ended ${this.ended}\n${this.text.slice(-2000)}`,
          ),
        );
      }, ms);
      this.watchers.add(look);
      look();
    });
  }

  private take(text: string): void {
    this.text += text;
    this.rest += text;
    for (;;) {
      const end = this.rest.indexOf('\n\n');
      if (end < 0) break;
      this.block(this.rest.slice(0, end));
      this.rest = this.rest.slice(end + 2);
    }
    this.changed();
  }

  private block(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon === 0) this.comments.push(line.slice(1).trim());
      else fields.set(line.slice(0, colon), line.slice(colon + 2));
    }
    const data = fields.get('data');
    if (data === undefined) return;
    this.events.push({ id: fields.get('id'), event: fields.get('event'), data: JSON.parse(data) });
  }

  private finish(how: 'whole' | 'cut'): void {
    this.ended ??= how;
    this.changed();
  }

  private changed(): void {
    for (const look of [...this.watchers]) look();
  }
}

/** Tells of each answer that goes out whole. */
function watchAnswers({ server, router }: App, onAnswer: (answer: Answer) => void): void {
  server.prependListener('request', (asked: IncomingMessage, response: ServerResponse) => {
    const { writeHead, write, end } = response;
    let type = '';
    let written = '';
    response.writeHead = ((status: number, fields: string[]) => {
      type = fields[fields.indexOf('content-type') + 1] ?? '';
      return Reflect.apply(writeHead, response, [status, fields]);
    }) as typeof writeHead;
    response.write = ((...args: unknown[]) => {
      written += String(args[0]);
      return Reflect.apply(write, response, args);
    }) as typeof write;
    response.end = ((...args: unknown[]) => {
      const route = `${asked.method} ${router.match(asked).route.path || undefined}`;
      onAnswer({ route, status: response.statusCode, type, body: written === '' ? args[0] : written });
      return Reflect.apply(end, response, args);
    }) as typeof end;
  });
}
