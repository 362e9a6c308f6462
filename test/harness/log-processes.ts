import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/** Child processes that use the file engine, and can be killed in the middle of it. */
export class LogProcesses {
  /** The engine as JavaScript, made once from its source: no build is needed. */
  private built = '';
  private readonly children = new Set<ChildProcess>();

  build(): void {
    this.built = mkdtempSync(join(tmpdir(), 'quorate-built-'));
    const modules = join(import.meta.dirname, '../../node_modules');
    symlinkSync(modules, join(this.built, 'node_modules'));
    writeFileSync(join(this.built, 'package.json'), '{"type":"module"}');
    const options =
      '--ignoreConfig --module nodenext --target es2023 --types node --rewriteRelativeImportExtensions --skipLibCheck';
    execFileSync(process.execPath, [
      join(modules, 'typescript/bin/tsc'),
      ...options.split(' '),
      ...['--typeRoots', join(modules, '@types'), '--outDir', this.built],
      join(import.meta.dirname, '../../src/log/file/engine.ts'),
    ]);
  }

  remove(): void {
    rmSync(this.built, { recursive: true });
  }

  /** Runs a script that knows `openFileLog`, in a process of its own; `before` is the command that starts it. */
  start(script: string, before: readonly string[] = []): ChildProcess {
    const file = join(this.built, `child-${this.children.size}-${Date.now()}.mjs`);
    const engine = pathToFileURL(join(this.built, 'file/engine.js')).href;
    writeFileSync(file, `import { openFileLog } from ${JSON.stringify(engine)};\n${script}\n`);
    const [command, ...args] = [...before, process.execPath, file];
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.add(child);
    return child;
  }

  /** Starts a process that appends to the log in `dir` until it is killed, and prints each index that was acknowledged. */
  startAppender(dir: string) {
    const child = this.start(`${openAndAppend(dir, 0)}
      for (let index = await log.head() + 1; ; index++) await append(index);`);
    const acked: number[] = [];
    createInterface({ input: child.stdout! }).on('line', (text) => acked.push(Number(text)));
    return {
      process: child,
      last: () => acked.at(-1) ?? 0,
      acked: (index: number) => until(() => (acked.at(-1) ?? 0) >= index),
    };
  }

  async kill(child: ChildProcess): Promise<void> {
    this.children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  async killAll(): Promise<void> {
    for (const child of this.children) await this.kill(child);
  }
}

/** The beginning of a script: a `log`, and an `append` that prints the index. Entries are padded to so many bytes. */
export function openAndAppend(dir: string, padding: number): string {
  return `
    const log = await openFileLog(${JSON.stringify(dir)}, { minFreeBytes: 0 });
    const append = async (index) => {
      const appended = await log.append(Buffer.from(('entry ' + index).padEnd(${padding})));
      console.log(appended.index);
    };`;
}

/** Resolves once the child has printed a line like this. */
export async function printed(child: ChildProcess, wanted: RegExp): Promise<void> {
  let seen = '';
  child.stdout!.on('data', (chunk) => {
    seen += chunk;
  });
  await until(() => wanted.test(seen));
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('nothing came within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
