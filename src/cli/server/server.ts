import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Detail, Format, Level, Notify } from '../../operator/notices.ts';
import type { RunningServer, ServeOptions } from '../../serve.ts';
import { type Globals, whole } from '../arguments.ts';
import { CliError, type End, exit, messageOf } from '../exit.ts';
import { interruptible } from '../interrupt.ts';
import { print } from '../output.ts';
import { withProgress } from '../progress.ts';
import { showOnTerminal } from '../qr.ts';
import { xdgFolder } from '../settings/home.ts';
import { addSettings } from '../settings/settings.ts';
import { startDetached, stopDetached } from './detached.ts';

/** What the command line says of a server. */
export interface ServerFlags extends Globals {
  readonly port: number;
  readonly host: string;
  readonly lan: boolean;
  readonly agents: number;
  readonly quorum: number;
  readonly name?: string;
  readonly data?: string;
  readonly log?: string;
  readonly iAcceptLoss: boolean;
  readonly insecureOpen: boolean;
  readonly adminToken?: string;
  readonly adminTokenFile?: string;
  readonly allowHost: readonly string[];
  readonly trustProxy: readonly string[];
  readonly basePath?: string;
  readonly limit: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly webhookAllow: readonly string[];
  readonly webhookKey?: string;
  readonly logLevel?: Level;
  readonly logFormat?: Format;
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
    .option('--detach', 'run in the background; returns once the server is ready; server stop ends it')
    .addHelpText('after', '\nExample:\n  $ quorate server --port 5000 --agents 3 --quorum 2')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<ServerFlags>();
      const { agents, quorum, detach, json } = options;
      if (quorum > agents) command.error(`error: --quorum ${quorum} is more than --agents ${agents}`);
      if (detach === true) {
        const started = await interruptible((signal) =>
          startDetached(process.argv.slice(2), options.logFormat, signal),
        );
        if (typeof started === 'number') return end(started);
        const { url, lanUrls, pid, output } = started;
        if (json) return print(JSON.stringify(started));
        const shared = lanUrls.length === 0 ? '' : `  network: ${lanUrls.join(' ')}`;
        print(`quorate is ready at ${url}${shared}  process: ${pid}  messages: ${output}`);
        return showOnTerminal(lanUrls);
      }
      const isChosen = ['agents', 'quorum'].some((name) => command.getOptionValueSource(name) !== 'default');
      end(await runServer(options, isChosen ? { agents, quorum } : {}));
    });
  server
    .command('stop')
    .description('end the server that was started with --detach on this --port')
    .addHelpText('after', '\nExample:\n  $ quorate server stop')
    .action(async (_options, command: Command) => {
      const { port, json } = command.optsWithGlobals<ServerFlags>();
      const stopped = await withProgress('stopping the server', stopDetached(port));
      print(json ? JSON.stringify({ stopped: stopped.url }) : `stopped ${stopped.url}`);
    });
}

/** Where to what happens is reported, and how much of it. */
interface Reports {
  readonly notify: Notify;
  readonly detail: Detail;
}

/** Settings of the group `default`. */
type Classroom = Pick<ServeOptions, 'agents' | 'quorum'>;

async function runServer(options: ServerFlags, classroom: Classroom): Promise<number> {
  // The server keeps running when nobody reads its output any more.
  process.stdout.removeAllListeners('error').on('error', () => undefined);
  const reloads = reloadOnHangUp();
  const { json, logLevel, logFormat = json ? 'json' : 'text' } = options;
  // Not loaded by the other commands.
  const { logger, writeTo } = await import('../../operator/logger.ts');
  const notify = logger({
    write: (line, what) => writeTo(what === 'ready' ? process.stdout : process.stderr, line),
    format: (what) => (what === 'ready' && json ? 'json' : logFormat),
    ...(logLevel !== undefined && { level: logLevel }),
  });
  // Warnings of Node become notices, except deprecations in dependencies: the operator cannot change those.
  process.removeAllListeners('warning').on('warning', ({ name, message }) => {
    if (name !== 'DeprecationWarning') notify('mistake', { says: `${name}: ${message}` });
  });
  const detail = logLevel === 'debug' ? 'requests' : logLevel === 'info' ? 'rounds' : 'changes';
  const stops = stopOnSignal(notify);
  const server = await start(options, classroom, { notify, detail });
  const stopped = stops(server);
  const { url, lanUrls, port, logId, durability, location } = server;
  const shared = lanUrls.length === 0 ? '' : `  network: ${lanUrls.join(' ')}`;
  const says = `quorate is ready at ${url}${shared}  log: ${location}  durable: ${durability}`;
  const facts = { ready: true, url, lanUrls, port, log: location, logId, durability, pid: process.pid };
  notify('ready', { says, facts });
  if (!json) showOnTerminal(lanUrls);
  reloads(server);
  const broken = server.failed.then((error) => {
    const fix =
      (error as { fix?: string }).fix ??
      'find out what is wrong with the log before you start again; it has everything that was acknowledged';
    notify('log-failed', { says: `the log failed, the server stops: ${error.message}`, fix });
    return exit.internal;
  });
  const code = await Promise.race([stopped, broken]);
  // After a failure of the log some requests may never end.
  process.exit(code);
}

/**
 * Handles SIGHUP, which would end the process, from now on: the server reads its files again. Call the result with the
 * server once it runs; a signal that came before then takes effect.
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

async function start(options: ServerFlags, classroom: Classroom, to: Reports): Promise<RunningServer> {
  const { port, host, lan, insecureOpen, adminToken, adminTokenFile, tlsCert, tlsKey, activate } = options;
  const log = options.log ?? `file:${dataPath(options.data)}`;
  const { serve, limitsIn } = await import('../../serve.ts');
  try {
    return await serve({
      ...classroom,
      name: options.name,
      port,
      ...(lan ? { lan } : { host }),
      insecureOpen,
      adminToken,
      adminTokenFile,
      tlsCert,
      tlsKey,
      activate,
      log,
      ...to,
      acceptLoss: options.iAcceptLoss,
      allowHosts: options.allowHost,
      trustProxies: options.trustProxy,
      webhookAllow: options.webhookAllow,
      webhookKey: options.webhookKey,
      ...(options.basePath !== undefined && { basePath: options.basePath }),
      limits: limitsIn(options.limit),
    });
  } catch (error) {
    throw new CliError(
      `the server cannot start: ${messageOf(error)}`,
      fixFor(error),
      isAway(error) ? exit.unreachable : isUsage(error) ? exit.usage : exit.failed,
    );
  }
}

/** The directory of the log: the named one, else `quorate` in the XDG data home. Throws a CliError when neither is known. */
export function dataPath(named: string | undefined): string {
  if (named !== undefined) return resolve(named);
  const data = xdgFolder('XDG_DATA_HOME', '.local/share');
  if (data !== null) return data;
  throw new CliError(
    'there is no home directory to keep the log in',
    'name a directory: --data DIR',
    exit.usage,
  );
}

/**
 * Handles SIGTERM and SIGINT from now on: in a container, where the server is process 1, the system ignores what is not handled. Until
 * the server runs, which the result is called with, one ends the process: nobody has been answered yet. Then the first lets the server
 * answer its open requests and stop, and the second ends the process at once.
 */
function stopOnSignal(notify: Notify): (server: RunningServer) => Promise<number> {
  let stop = (signal: NodeJS.Signals): void => {
    notify('stopped', { says: `${signal} came before the server was ready` });
    process.exit(exit.agreed);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  return (server) =>
    new Promise((resolve, reject) => {
      stop = (signal) => {
        stop = () => process.exit(exit.failed);
        notify('stopping', {
          says: `${signal}: answering the open requests (send it again to stop at once) ...`,
        });
        server.stop().then(() => resolve(exit.agreed), reject);
      };
    });
}

function fixFor(error: unknown): string {
  const known = withCauses(error).find(({ fix }) => typeof fix === 'string')?.fix;
  if (known !== undefined) return known;
  const code = codeOf(error);
  if (codeOf((error as Error).cause) !== undefined) return 'choose another place for the log with --data DIR';
  if (code === 'EADDRINUSE')
    return 'stop the program that listens there, or choose another port: --port 0 takes any free one';
  if (code === 'EACCES') return 'choose a port above 1023, or a directory you may write to';
  return 'quorate server --help lists the options';
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

// serve throws a plain Error for wrong options; errors of the system and of logs have a code or a type.
function isUsage(error: unknown): boolean {
  return error instanceof Error && error.name === 'Error' && !('code' in error);
}

/** Whether the store of the log did not answer, at any step of the start. The log itself may be in order. */
function isAway(error: unknown): boolean {
  const unanswered = ['EtcdError', 'UnknownOutcome'];
  return withCauses(error).some(({ name, reason }) => unanswered.includes(name) || reason === 'unavailable');
}

function withCauses(error: unknown): (Error & { fix?: string; reason?: string })[] {
  return error instanceof Error ? [error, ...withCauses(error.cause)] : [];
}
