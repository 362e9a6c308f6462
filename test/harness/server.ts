import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

// From the checkout, where tests and drivers run: this file may be a copy compiled into .cache/run.
const executable = resolve('bin/quorate.js');
/** What runs a driver: `node runner test/fuzz/main.ts ...`. */
export const runner = resolve('scripts/run.js');
const startLimit = 60_000;
const stopLimit = 20_000;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real server in its own process. */
export interface Server {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** What it has written to stderr so far, for messages of failed tests. */
  stderr(): string;
  /** Closes the far ends of its stdout and stderr. */
  loseOutput(): void;
  /** SIGTERM, and how it ended; rejects when it has not ended within 20 s (and is then killed). */
  stop(): Promise<Exit>;
  /** kill -9, and waits for the end of the process. */
  kill(): Promise<void>;
  /** The same command again on the same port: after `kill` or `stop`. */
  again(): Promise<Server>;
}

/** An empty folder for a server's data, and how to remove it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'quorate-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Resolves when the server has printed its address; `args` are further arguments, such as `--log memory:`, and `env` is
 * added to the environment. `script`: the command line of another folder.
 */
export async function startServer(
  args: readonly string[],
  port = 0,
  env: Readonly<Record<string, string>> = {},
  script = executable,
): Promise<Server> {
  const child = launch(['server', '--port', String(port), '--json', ...args], script, env);
  const err = collect(child.stderr);
  const exited = ending(child);
  const address = readyUrl(child);
  const early = exited.then((exit) => {
    throw new Error(`the server ended before it was ready: ${JSON.stringify(exit)}\n${err()}`);
  });
  early.catch(() => undefined);
  const url = await within(startLimit, Promise.race([address, early]), () => {
    child.kill('SIGKILL');
    return `no ready line within ${startLimit} ms\n${err()}`;
  });
  const actual = Number(new URL(url).port);
  return {
    url: url.replace(/\/$/, ''),
    port: actual,
    pid: child.pid as number,
    exited,
    stderr: err,
    loseOutput() {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    async stop() {
      child.kill('SIGTERM');
      return within(stopLimit, exited, () => {
        child.kill('SIGKILL');
        return `the server did not end within ${stopLimit} ms of SIGTERM\n${err()}`;
      });
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    again: () => startServer(args, actual, env, script),
  };
}

/** One run of the command line. */
export interface Run extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly done: Promise<Run>;
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
}

/** Starts `quorate ...`; it is killed when it has not ended within `limit` ms, and `done` rejects. */
export function startQuorate(
  args: readonly string[],
  limit = 110_000,
  env: Readonly<Record<string, string>> = {},
): Running {
  return startScript(executable, args, limit, env);
}

/** The same for a driver, by its path as seen from the checkout. */
export function startDriver(
  driver: string,
  args: readonly string[],
  limit: number,
  env: Readonly<Record<string, string>> = {},
): Running {
  return startScript(runner, [driver, ...args], limit, env);
}

function startScript(
  script: string,
  args: readonly string[],
  limit: number,
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = launch(args, script, env);
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  const ended = ending(child).then((exit) => ({ ...exit, stdout: out(), stderr: err() }));
  return {
    pid: child.pid as number,
    done: within(limit, ended, () => {
      child.kill('SIGKILL');
      return `${script} ${args.join(' ')} did not end within ${limit} ms\n${out()}\n${err()}`;
    }),
    stdout: out,
    stderr: err,
    signal: (name) => void child.kill(name),
  };
}

export function quorate(args: readonly string[], limit?: number): Promise<Run> {
  return startQuorate(args, limit).done;
}

/** Rejects with what `message` says when `promise` has not settled within `limit` ms. */
export async function within<T>(limit: number, promise: Promise<T>, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again every 20 ms until `ask` gives something other than undefined; rejects after `limit` ms. */
export async function until<T>(limit: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${limit} ms: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function launch(
  args: readonly string[],
  script: string,
  added: Readonly<Record<string, string>> = {},
): ChildProcess {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(QUORATE_|VITEST|NODE_OPTIONS$|NODE_ENV$)/.test(name)),
  );
  return spawn(process.execPath, [script, ...args], {
    env: { ...env, NO_COLOR: '1', ...added },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

function ending(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const found = parse(line);
      if (typeof found?.url === 'string') resolve(found.url);
    });
  });
}

function parse(line: string): { url?: unknown } | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
