import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { parseSettings } from './core/rules.ts';
import { buildApp } from './http/app.ts';
import { classroomGroup } from './http/classroom.ts';
import { openLog } from './log/open.ts';
import { realSurroundings } from './replica/clock.ts';
import { Replica } from './replica/replica.ts';

/** Puts a server together: configuration, log, replica, app, listen; and takes it apart again in the other direction. */
export interface ServeOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Port; 0 takes any free one; default 5000. */
  readonly port?: number;
  /** `memory:`, `lmdb:DIR`; default `memory:`. */
  readonly log?: string;
  /** Shape of the group `default`: how many agents, and how many equal proposals decide. */
  readonly agents?: number;
  readonly quorum?: number;
  /** With it, creating and managing groups needs it, and the server may listen beyond this machine. */
  readonly adminToken?: string;
  /** Listen beyond this machine although no tokens are asked for. */
  readonly insecureOpen?: boolean;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly logId: string;
  readonly durability: 'none' | 'disk' | 'cluster';
  readonly location: string;
  /** Resolves when the log can no longer be trusted: the process must end. */
  readonly failed: Promise<Error>;
  /** Takes no more requests, answers those under way, closes the log. */
  stop(): Promise<void>;
}

/** ms that requests under way are given to end when the server stops. */
const grace = 5000;

/** Throws an Error that says how to mend the options, or LogFailure when the log refuses. */
export async function serve(options: ServeOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 5000 } = options;
  if (!isLoopback(host) && options.insecureOpen !== true && options.adminToken === undefined) {
    throw new Error(
      `without tokens anybody who reaches ${host} could propose: listen on 127.0.0.1, or say --insecure-open`,
    );
  }
  const shape = parseSettings({
    preset: 'classroom',
    rule: { electorate: { size: options.agents ?? 3 }, threshold: options.quorum ?? 2 },
  });
  if (!shape.ok) throw new Error(shape.complaints.map(({ field, fix }) => `${field}: ${fix}`).join('; '));

  const log = await openLog(options.log ?? 'memory:');
  const replica = new Replica({
    log,
    surroundings: realSurroundings(),
    writer: randomBytes(16).toString('hex'),
  });
  let ready = false;
  const app = buildApp(replica, {
    version: packageVersion(),
    log: log.info,
    ready: () => ready,
    report,
    adminToken: options.adminToken ?? null,
  });
  try {
    await replica.start();
    const reshape = options.agents !== undefined || options.quorum !== undefined;
    if (reshape || !replica.state.groups.has(classroomGroup)) {
      const command = {
        type: 'put-group',
        group: classroomGroup,
        settings: shape.settings,
        ifRevision: null,
        joinKeyHash: null,
        observerKeyHash: null,
      } as const;
      await replica.submit(command, () => undefined);
    }
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    await replica.stop();
    throw error;
  }
  ready = true;
  const address = app.server.address() as AddressInfo;
  const at = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const { id: logId, durability, location } = log.info;
  return {
    url: `http://${at}:${address.port}`,
    port: address.port,
    logId,
    durability,
    location,
    failed: replica.failed,
    stop: async () => {
      ready = false;
      replica.waiters.release();
      const cut = setTimeout(() => app.server.closeAllConnections(), grace);
      const closed = app.close();
      await replica.stop();
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Mistakes of ours go to standard error with their stack; never with a value somebody proposed. */
function report(error: Error): void {
  process.stderr.write(`quorate: ${error.stack ?? error.message}\n`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
