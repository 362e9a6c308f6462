import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process of `quorate demo --cluster`: an etcd member, a server or an agent. */
export class Part {
  readonly name: string;
  private readonly command: readonly string[];
  private child: ChildProcess | null = null;
  private output = '';

  constructor(name: string, command: readonly string[]) {
    this.name = name;
    this.command = command;
  }

  /** Starts the process, also a second time. Each line of its standard output goes to `onLine`. */
  start(onLine: (line: string) => void = () => {}): void {
    const [program, ...args] = this.command as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.on('error', (error) => {
      this.output = String(error);
    });
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.output = (this.output + text).slice(-2000);
    });
    createInterface({ input: child.stdout }).on('line', onLine);
    this.child = child;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** The end of its standard error. */
  get lastOutput(): string {
    return this.output.trim();
  }

  /** Kills it as `kill -9` does. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null || !this.running) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Closes its input and waits until it ends by itself; kills it after `limitMs`. */
  async finish(limitMs: number): Promise<void> {
    this.child?.stdin?.end();
    for (const end = performance.now() + limitMs; this.running && performance.now() < end; ) await sleep(20);
    await this.kill();
  }
}
