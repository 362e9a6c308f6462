import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Notify, notifier } from '../../operator/notices.ts';
import type { RunningServer, ServeOptions } from '../../serve.ts';
import { type Globals, whole } from '../arguments.ts';
import { CliError, type End, exit } from '../exit.ts';
import { interruptible } from '../interrupt.ts';
import { note, print } from '../output.ts';
import { patiently } from '../progress.ts';
import { homeDirectory } from '../settings/home.ts';
import { addSettings } from '../settings/settings.ts';
import { startDetached, stopDetached } from './detached.ts';

interface Options extends Globals {
  readonly port: number;
  readonly host: string;
  readonly agents: number;
  readonly quorum: number;
  readonly data?: string;
  readonly log?: string;
  readonly iAcceptLoss: boolean;
  readonly insecureOpen: boolean;
  readonly adminToken?: string;
  readonly adminTokenFile?: string;
  readonly allowHost: readonly string[];
  readonly trustProxy: readonly string[];
  readonly limit: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly activate?: number;
  readonly detach?: true;
}

export function registerServer(program: Command, end: End): void {
  const server = addSettings(program.command('server'), 'server')
    .description('run a server; without --log it keeps its log on disk')
    .option(
      '--activate <version>',
      'begin with this version of the log, once every server understands it (GET /v1/info)',
      whole(1, 1_000_000),
    )
    .option('--detach', 'go on in the background once the server is ready; server stop ends it')
    .addHelpText('after', '\nExample:\n  $ quorate server --port 5000 --agents 3 --quorum 2')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { agents, quorum, detach, json } = options;
      if (quorum > agents) command.error(`error: --quorum ${quorum} is more than --agents ${agents}`);
      if (detach === true) {
        const started = await interruptible((signal) => startDetached(process.argv.slice(2), signal));
        if (typeof started === 'number') return end(started);
        const { url, pid, output } = started;
        print(
          json
            ? JSON.stringify(started)
            : `quorate is ready at ${url}  process: ${pid}  says more in: ${output}`,
        );
        return;
      }
      const isChosen = ['agents', 'quorum'].some((name) => command.getOptionValueSource(name) !== 'default');
      end(await runServer(options, isChosen ? { agents, quorum } : {}));
    });
  server
    .command('stop')
    .description('end the server that was started with --detach on this --port')
    .addHelpText('after', '\nExample:\n  $ quorate server stop')
    .action(async (_options, command: Command) => {
      const { port, json } = command.optsWithGlobals<Options>();
      const stopped = await patiently('stopping the server', stopDetached(port));
      print(json ? JSON.stringify({ stopped: stopped.url }) : `stopped ${stopped.url}`);
    });
}

type Shape = Pick<ServeOptions, 'agents' | 'quorum'>;

/** `shape`: that of the group `default`, where one was asked for. */
async function runServer(options: Options, shape: Shape): Promise<number> {
  // A server goes on although nobody reads its lines any more.
  process.stdout.removeAllListeners('error').on('error', () => undefined);
  const notify = notifier((line, what) => (what === 'ready' ? print(line) : note(line)), options.json);
  // What dependencies call deprecated concerns no operator; any other warning is told like the rest.
  process.removeAllListeners('warning').on('warning', ({ name, message }) => {
    if (name !== 'DeprecationWarning') notify('mistake', { says: `${name}: ${message}` });
  });
  const reloads = reloadOnHangUp();
  const server = await start(options, shape, notify);
  const stopped = stopOnSignal(server, notify);
  const { url, port, logId, durability, location } = server;
  const says = `quorate is ready at ${url}  log: ${location}  durable: ${durability}`;
  const facts = { ready: true, url, port, log: location, logId, durability, pid: process.pid };
  notify('ready', { says, facts });
  reloads(server);
  const broken = server.failed.then((error) => {
    const fix = 'see what is wrong with the log before starting again; what was acknowledged is in it';
    notify('log-failed', { says: `the log failed, the server stops: ${error.message}`, fix });
    return exit.internal;
  });
  const code = await Promise.race([stopped, broken]);
  // A broken log may leave requests that can never be answered.
  process.exit(code);
}

/**
 * Takes SIGHUP from now on, which would end the process: it means that files are to be read again. The result is given
 * the server once there is one, which then reads them if a signal came before.
 */
function reloadOnHangUp(): (server: RunningServer) => void {
  let running: RunningServer | null = null;
  let asked = false;
  process.on('SIGHUP', () => {
    if (running === null) asked = true;
    else running.reload();
  });
  return (server) => {
    running = server;
    if (asked) server.reload();
  };
}

async function start(options: Options, shape: Shape, notify: Notify): Promise<RunningServer> {
  const { port, host, insecureOpen, iAcceptLoss: acceptLoss } = options;
  const log = options.log ?? `lmdb:${dataPath(options.data)}`;
  const { serve, limitsIn } = await import('../../serve.ts');
  try {
    const limits = limitsIn(options.limit);
    const protect = { insecureOpen, limits, ...protection(options) };
    const upgrade = options.activate === undefined ? {} : { activate: options.activate };
    return await serve({ port, host, ...shape, log, acceptLoss, notify, ...protect, ...upgrade });
  } catch (error) {
    throw new CliError(
      `the server cannot start: ${messageOf(error)}`,
      fixFor(error),
      isAway(error) ? exit.unreachable : isUsage(error) ? exit.usage : exit.failed,
    );
  }
}

/** Tokens, names and certificates: what the server is protected with. */
function protection(options: Options): ServeOptions {
  const { tlsCert, tlsKey, allowHost, trustProxy, adminToken, adminTokenFile } = options;
  return {
    allowHosts: allowHost,
    trustProxies: trustProxy,
    ...(adminToken === undefined ? {} : { adminToken }),
    ...(adminTokenFile === undefined ? {} : { adminTokenFile }),
    ...(tlsCert === undefined ? {} : { tlsCert }),
    ...(tlsKey === undefined ? {} : { tlsKey }),
  };
}

/** Where the log is kept: as named, else in the XDG data home. Throws a CliError where neither is known. */
export function dataPath(named: string | undefined): string {
  if (named !== undefined) return resolve(named);
  const home = homeDirectory();
  const data = process.env.XDG_DATA_HOME || (home === null ? null : join(home, '.local', 'share'));
  if (data === null)
    throw new CliError(
      'no home directory is known, to keep the log in',
      'name a place: --data DIR',
      exit.usage,
    );
  return join(data, 'quorate');
}

/** The first signal drains, the second gives up on that. */
function stopOnSignal(server: RunningServer, notify: Notify): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(exit.failed);
      stopping = true;
      notify('stopping', { says: `${signal}: answering what is under way (once more to stop at once) ...` });
      server.stop().then(() => resolve(exit.agreed), reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

function fixFor(error: unknown): string {
  const known = withCauses(error).find(({ fix }) => typeof fix === 'string')?.fix;
  if (known !== undefined) return known;
  const code = codeOf(error);
  if (codeOf((error as Error).cause) !== undefined) return 'choose another place for the log with --data DIR';
  if (code === 'EADDRINUSE')
    return 'stop what listens there, or choose another port: --port 0 takes any free one';
  if (code === 'EACCES') return 'choose a port above 1023, or a directory you may write to';
  return 'quorate server --help lists what can be chosen';
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

// By its contract serve throws a plain Error for options; systems and logs have codes or types of their own.
function isUsage(error: unknown): boolean {
  return error instanceof Error && error.name === 'Error' && !('code' in error);
}

/** Whether the log's store did not answer, at whatever step of the start: the log itself may be well. */
function isAway(error: unknown): boolean {
  const unanswered = ['EtcdError', 'UnknownOutcome'];
  return withCauses(error).some(({ name, reason }) => unanswered.includes(name) || reason === 'unavailable');
}

function withCauses(error: unknown): (Error & { fix?: string; reason?: string })[] {
  return error instanceof Error ? [error, ...withCauses(error.cause)] : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
