import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { RunningServer } from '../serve.ts';
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
  readonly insecureOpen: boolean;
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
      new Option('--log <spec>', 'memory: or lmdb:DIR, instead of --data')
        .env('QUORATE_LOG')
        .conflicts('data'),
    )
    .option('--insecure-open', 'let anyone who reaches --host take part, without tokens', false)
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
  const { port, host, agents, quorum, insecureOpen } = options;
  const log = options.log ?? `lmdb:${dataDirectory(options.data)}`;
  const { serve } = await import('../serve.ts');
  try {
    return await serve({ port, host, agents, quorum, log, insecureOpen });
  } catch (error) {
    throw new CliError(
      `the server cannot start: ${messageOf(error)}`,
      fixFor(error),
      isUsage(error) ? exit.usage : exit.failed,
    );
  }
}

function dataDirectory(named: string | undefined): string {
  const xdg = process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  const directory = resolve(named ?? (process.env.QUORATE_DATA || join(xdg, 'quorate')));
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
        'NOT DURABLE: this log is in memory, all of it is lost when the server stops',
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
