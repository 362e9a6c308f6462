import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { RunningServer, ServeOptions } from '../serve.ts';
import { type Globals, whole } from './arguments.ts';
import { CliError, complain, type End, exit } from './exit.ts';
import { note, paint, print } from './output.ts';

interface Options extends Globals {
  readonly port: number;
  readonly host: string;
  readonly agents: number;
  readonly quorum: number;
  readonly data?: string;
  readonly log?: string;
  readonly iAcceptLoss: boolean;
  readonly insecureOpen: boolean;
  readonly adminTokenFile?: string;
  readonly allowHost: readonly string[];
  readonly limit: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly activate?: number;
}

export function registerServer(program: Command, end: End): void {
  program
    .command('server')
    .description('run a server; without --log it keeps its log on disk')
    .addOption(
      new Option('--port <port>', '0: any free one')
        .env('QUORATE_PORT')
        .argParser(whole(0, 65_535))
        .default(5000),
    )
    .addOption(new Option('--host <address>', 'where to listen').env('QUORATE_HOST').default('127.0.0.1'))
    .option('--agents <n>', 'agents in the group "default"', whole(1, 100_000), 3)
    .option('--quorum <k>', 'equal proposals that decide in the group "default"', whole(1, 100_000), 2)
    .option('--data <dir>', 'where to keep the log (default: $QUORATE_DATA, or quorate in the XDG data home)')
    .addOption(
      new Option('--log <spec>', 'memory:, lmdb:DIR or etcd://HOST:PORT,HOST:PORT/PREFIX, instead of --data')
        .env('QUORATE_LOG')
        .conflicts('data'),
    )
    .addOption(
      new Option(
        '--i-accept-loss',
        'keep the log even on a network or temporary file system, which may lose what was acknowledged',
      ).default(false),
    )
    .option('--insecure-open', 'let anyone who reaches --host take part, without tokens', false)
    .addOption(
      new Option(
        '--admin-token-file <file>',
        'holds the token that managing groups then needs (or QUORATE_ADMIN_TOKEN)',
      ).env('QUORATE_ADMIN_TOKEN_FILE'),
    )
    .option('--allow-host <name>', 'answer to this host name as well; may be repeated', append, [])
    .option('--limit <name=value>', 'set a limit that GET /v1/info shows; may be repeated', append, [])
    .addOption(
      new Option(
        '--tls-cert <file>',
        'speak TLS with this certificate chain (PEM); SIGHUP reads it again',
      ).env('QUORATE_TLS_CERT'),
    )
    .addOption(new Option('--tls-key <file>', 'the key of the certificate (PEM)').env('QUORATE_TLS_KEY'))
    .option(
      '--activate <version>',
      'begin with this version of the log, once every server understands it (GET /v1/info)',
      whole(1, 1_000_000),
    )
    .addHelpText('after', '\nExample:\n  $ quorate server --port 5000 --agents 3 --quorum 2')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { agents, quorum } = options;
      if (quorum > agents) command.error(`error: --quorum ${quorum} is more than --agents ${agents}`);
      end(await runServer(options));
    });
}

async function runServer(options: Options): Promise<number> {
  const server = await start(options);
  const stopped = stopOnSignal(server);
  if (options.tlsCert !== undefined) process.on('SIGHUP', () => reload(server));
  announce(server, options.json);
  const broken = server.failed.then((error) => {
    const fix = 'see what is wrong with the log before starting again; what was acknowledged is in it';
    complain(new CliError(`the log failed, the server stops: ${error.message}`, fix), options.json);
    return exit.internal;
  });
  const code = await Promise.race([stopped, broken]);
  // A broken log may leave requests that can never be answered.
  process.exit(code);
}

async function start(options: Options): Promise<RunningServer> {
  const { port, host, agents, quorum, insecureOpen, iAcceptLoss: acceptLoss } = options;
  const log = options.log ?? `lmdb:${dataDirectory(options.data)}`;
  const { serve, limitsIn, limitsOfEnvironment } = await import('../serve.ts');
  try {
    const limits = limitsIn([...limitsOfEnvironment(process.env), ...options.limit]);
    const protect = { insecureOpen, limits, ...protection(options) };
    const upgrade = options.activate === undefined ? {} : { activate: options.activate };
    return await serve({ port, host, agents, quorum, log, acceptLoss, ...protect, ...upgrade });
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
  const { tlsCert, tlsKey, allowHost } = options;
  const adminToken = adminTokenIn(options.adminTokenFile);
  return {
    allowHosts: [...hostsOfEnvironment(), ...allowHost],
    ...(adminToken === undefined ? {} : { adminToken }),
    ...(tlsCert === undefined ? {} : { tlsCert }),
    ...(tlsKey === undefined ? {} : { tlsKey }),
  };
}

export function hostsOfEnvironment(): readonly string[] {
  return (process.env.QUORATE_ALLOW_HOST ?? '').split(',').filter(Boolean);
}

// Not a flag of its own: command lines are seen by everybody on the machine.
function adminTokenIn(file: string | undefined): string | undefined {
  if (file !== undefined) return readFileSync(file, 'utf8').trim();
  return process.env.QUORATE_ADMIN_TOKEN || undefined;
}

function reload(server: RunningServer): void {
  try {
    server.reloadTls();
    note('the certificate has been read again');
  } catch (error) {
    note(`the certificate stays as it was: ${messageOf(error)}`);
  }
}

function append(text: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, text];
}

/** Where the log is kept: as named, else QUORATE_DATA, else in the XDG data home. */
export function dataPath(named: string | undefined): string {
  const xdg = process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  return resolve(named ?? (process.env.QUORATE_DATA || join(xdg, 'quorate')));
}

function dataDirectory(named: string | undefined): string {
  const directory = dataPath(named);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CliError(`cannot make the data directory: ${messageOf(error)}`, 'name another with --data DIR');
  }
  return directory;
}

function announce(server: RunningServer, json: boolean): void {
  const { url, port, logId, durability, location } = server;
  if (json)
    print(JSON.stringify({ ready: true, url, port, log: location, logId, durability, pid: process.pid }));
  else print(`quorate is ready at ${paint('bold', url)}  log: ${location}  durable: ${durability}`);
  if (durability === 'none') {
    note(
      paint(
        'yellow',
        location === 'memory'
          ? 'NOT DURABLE: this log is in memory, all of it is lost when the server stops'
          : 'NOT DURABLE: what is acknowledged can be lost on this file system, by your own --i-accept-loss',
        process.stderr,
      ),
    );
  }
}

/** The first signal drains, the second gives up on that. */
function stopOnSignal(server: RunningServer): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = () => {
      if (stopping) process.exit(exit.failed);
      stopping = true;
      note('stopping: answering what is under way (once more to stop at once) ...');
      server.stop().then(() => resolve(exit.agreed), reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

function fixFor(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return 'stop what listens there, or choose another port: --port 0 takes any free one';
  if (code === 'EACCES') return 'choose a port above 1023, or a directory you may write to';
  return 'quorate server --help lists what can be chosen';
}

// By its contract serve throws a plain Error for options; systems and logs have codes or types of their own.
function isUsage(error: unknown): boolean {
  return error instanceof Error && error.name === 'Error' && !('code' in error);
}

function isAway(error: unknown): boolean {
  return error instanceof Error && (error.cause as Error | undefined)?.name === 'EtcdError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
