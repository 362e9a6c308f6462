import { readFileSync } from 'node:fs';
import { type Running, until } from '../harness/server.ts';
import type { Exchanged, Written } from './judge.ts';
import type { Fault, Plan, Step } from './plan.ts';
import type { Answer, Exchange, Hooks } from './proxy.ts';
import type { Act, WriteHooks } from './resource.ts';

// What is waited for comes after a lease or two; less than what a gate waits.
const patienceMs = 60_000;
const stopMs = 30_000;

const stepOf: Readonly<Record<Act, Step>> = {
  begin: 'command-started',
  first: 'first-write-asked',
  last: 'last-write-asked',
  end: 'command-ending',
};

/** What was killed below; `back` resolves once it runs again. */
export interface Below {
  readonly back: Promise<void>;
}

/**
 * Hears what the gates of one run, their commands, the servers and the resource say to each other, and strikes where the plan says.
 * What is being said then is held back until what the plan wants it to meet has happened.
 */
export class Director {
  readonly exchanges: Exchanged[] = [];
  readonly writes: Written[] = [];
  /** Gates that were killed. */
  readonly killed = new Set<number>();
  /** Process ids of all commands. */
  readonly commands = new Set<number>();
  /** Of those which their gate should have stopped. */
  readonly notStopped: number[] = [];
  /** The steps at which a gate was hit. */
  readonly hit: Step[] = [];
  private readonly plan: Plan;
  private readonly below: () => Promise<Below>;
  private readonly gates: Running[] = [];
  private readonly gateOf = new Map<string, number>();
  private readonly commandOf = new Map<number, number>();
  private readonly struck = new Set<number>();
  /** The highest fence when this was sent on to a server. */
  private readonly sentAt = new Map<Exchange, number>();
  private readonly later: Promise<void>[] = [];
  private claimed = 0;
  private begun = 0;
  private isDone = false;

  /** `below` kills what the plan kills beneath the gates, and resolves then. */
  constructor(plan: Plan, below: () => Promise<Below>) {
    this.plan = plan;
    this.below = below;
  }

  /** Has a gate's process known, by its place in the order of gates. */
  add(gate: Running): void {
    this.gates.push(gate);
    gate.done.then(({ code }) => {
      if (code !== null) this.isDone = true;
    }, ignore);
  }

  /** Resolves once all is back that was killed below, and all gates that slept go on. */
  async settled(): Promise<void> {
    await Promise.all(this.later);
  }

  /** Hears what one gate and the servers say. */
  between(gate: number): Hooks {
    return {
      asked: async (exchange) => {
        const { what, body } = exchange;
        if (body.holder !== undefined) this.gateOf.set(body.holder, gate);
        await this.at(`${what}-asked`, gate);
        this.sentAt.set(exchange, this.claimed);
      },
      answered: async (exchange, answer) => {
        this.noteAnswer(gate, exchange, answer);
        if (answer.status < 300) await this.at(`${exchange.what}-answered`, gate, answer.body.fence);
      },
    };
  }

  /** Hears what commands and the resource say. */
  readonly writing: WriteHooks = {
    asked: async ({ act, holder, fence, pid }) => {
      const gate = this.gateOf.get(holder) as number;
      this.commands.add(pid);
      this.commandOf.set(gate, pid);
      await this.at(stepOf[act], gate, fence, pid);
    },
    answered: async (write, verdict) => {
      const { act, fence, pid } = write;
      const gate = this.gateOf.get(write.holder) as number;
      this.writes.push({ write, verdict });
      if (verdict === 'refused') return;
      if (act === 'begin') this.begun = Math.max(this.begun, fence);
      if (verdict === 'there') return;
      if (act === 'last') await this.at('last-written', gate, fence, pid);
      if (act !== 'first') return;
      // So that a renewal comes while the command runs.
      await this.waitFor(() => !this.next(gate)?.step.startsWith('renew') || this.claimed > fence);
      await this.at('first-written', gate, fence, pid);
    },
  };

  private noteAnswer(gate: number, exchange: Exchange, answer: Answer): void {
    this.exchanges.push({ gate, exchange, answer, highestBefore: this.sentAt.get(exchange) ?? 0 });
    if (answer.status >= 300) return;
    if (exchange.what === 'claim') this.claimed = Math.max(this.claimed, answer.body.fence ?? 0);
    if (exchange.what === 'done') this.isDone = true;
  }

  /** The fault that would hit this gate; a gate is hit once. */
  private next(gate: number): Fault | undefined {
    return this.struck.has(gate) ? undefined : this.plan.faults[this.hit.length];
  }

  private async at(step: Step, gate: number, fence = this.claimed, command?: number): Promise<void> {
    const fault = this.next(gate);
    if (fault?.step !== step) return;
    this.struck.add(gate);
    this.hit.push(step);
    const pid = command ?? (step.startsWith('renew') ? this.commandOf.get(gate) : undefined);
    const isWhole = fault.kind === 'kill' || fault.kind === 'freeze';
    this.stop(fault, gate, isWhole ? pid : undefined);
    if (this.hit.length === 1) this.keep((await this.below()).back);
    const going = this.goOn(fault, gate, fence, isWhole ? pid : undefined, command !== undefined);
    // A command that lives on without its gate is not held up.
    if (isWhole || command === undefined) await going;
    else this.keep(going);
  }

  private stop({ kind }: Fault, gate: number, pid: number | undefined): void {
    const signal = kind.startsWith('kill') ? 'SIGKILL' : 'SIGSTOP';
    if (signal === 'SIGKILL') this.killed.add(gate);
    this.gates[gate]?.signal(signal);
    if (pid !== undefined) send(pid, signal);
  }

  /** Waits for what the plan wants the gate to meet, and wakes it when it sleeps; its command first, so that it writes before it is stopped. */
  private async goOn(
    { kind, until: moment }: Fault,
    gate: number,
    fence: number,
    pid: number | undefined,
    isWriting: boolean,
  ): Promise<void> {
    await this.waitFor(
      () =>
        this.isDone ||
        (moment === 'claimed' && this.claimed > fence) ||
        (moment === 'begun' && this.begun > fence),
    );
    // Also when that has not come: then it meets less.
    if (kind.startsWith('kill')) return;
    const wake = (): void => this.gates[gate]?.signal('SIGCONT');
    if (pid === undefined) return wake();
    send(pid, 'SIGCONT');
    if (!isWriting || this.plan.leftHanging) wake();
    else this.keep(until(stopMs, () => !isAlive(pid) || undefined).then(wake, wake));
    if (!isWriting || !this.plan.leftHanging) return;
    await until(stopMs, () => !isAlive(pid) || undefined).catch(() => this.notStopped.push(pid));
  }

  /** Has `settled` wait for this, and tell when it fails. */
  private keep(work: Promise<void>): void {
    work.catch(ignore);
    this.later.push(work);
  }

  /** Resolves once the condition holds, or after a while without it. */
  private async waitFor(condition: () => boolean): Promise<void> {
    await until(patienceMs, () => condition() || undefined).catch(ignore);
  }
}

const ignore = (): void => undefined;

/** Signals a command, where it is still there. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
