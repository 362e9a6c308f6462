import { join } from 'node:path';
import { connect } from '../../src/client/index.ts';
import { type Running, startDriver, startQuorate, until } from '../harness/server.ts';
import type { Servers } from './deployments.ts';
import { Director, isAlive } from './director.ts';
import { judge, type Record } from './judge.ts';
import type { Plan } from './plan.ts';
import { startProxy } from './proxy.ts';
import type { startResource } from './resource.ts';

const gateCount = 3;
const leaseMs = 4000;
const limitMs = 300_000;
// A command is stopped with its gate: with SIGKILL a second after SIGTERM.
const stoppedWithinMs = 20_000;

/** What one run came to. */
export interface Outcome {
  readonly plan: Plan;
  readonly faults: readonly string[];
  readonly record: Record | null;
  readonly hit: readonly string[];
}

export interface Where {
  readonly servers: Servers;
  readonly resource: Awaited<ReturnType<typeof startResource>>;
  /** A fault of gates that stand in for `quorate gate`; null for the true ones. */
  readonly careless: string | null;
}

/** Three gates on one decision, hit as planned. */
export async function runOnce(plan: Plan, seed: number, where: Where): Promise<Outcome> {
  const { servers, resource } = where;
  const name = `run-${seed}-${plan.number}`;
  const group = connect({ urls: servers.urls() }).group(name);
  const director = new Director(plan, () => servers.strike(plan));
  resource.watch(name, director.writing);
  const gates: Running[] = [];
  const proxies: { close(): void }[] = [];
  try {
    await group.create({ rule: { electorate: { size: 1 }, next: 'manual' } });
    const decide = () => group.propose({ agent: 'ann', value: 'go' });
    if (!plan.early) await decide();
    for (let i = 0; i < gateCount; i += 1) {
      const turned = (): string[] => [...servers.urls().slice(i), ...servers.urls().slice(0, i)];
      const proxy = await startProxy(turned, director.between(i));
      proxies.push(proxy);
      const gate = startGate(proxy.url, name, where);
      gates.push(gate);
      director.add(gate);
    }
    if (plan.early) await decide();
    const ended = await Promise.all(gates.map(({ done }) => done.catch(String)));
    await director.settled();
    const { exchanges, writes, killed, commands, notStopped, hit } = director;
    const running = (): number[] => [...commands].filter(isAlive);
    await until(stoppedWithinMs, () => running().length === 0 || undefined).catch(() => undefined);
    const ends = ended
      .map((end, gate) =>
        typeof end === 'string' ? { gate, code: null, stdout: '', stderr: end } : { gate, ...end },
      )
      .filter(({ gate }) => !killed.has(gate));
    const claim = await group.readClaim(1);
    const record = { exchanges, writes, ends, claim, leftRunning: running(), notStopped };
    return { plan, faults: judge(record), record, hit };
  } catch (error) {
    return { plan, faults: [`the run broke off: ${error}`], record: null, hit: director.hit };
  } finally {
    for (const gate of gates) gate.signal('SIGKILL');
    for (const proxy of proxies) proxy.close();
  }
}

function startGate(url: string, group: string, { resource, careless }: Where): Running {
  const env = { RESOURCE: resource.url };
  const command = [process.execPath, join(import.meta.dirname, 'command.js')];
  if (careless !== null)
    return startDriver(
      'test/gates/careless.ts',
      [careless, url, group, String(leaseMs), ...command],
      limitMs,
      env,
    );
  const options = ['--expect', '"go"', '--lease', `${leaseMs}ms`, '--timeout', '4m', '--url', url, '--json'];
  return startQuorate(['gate', group, ...options, '--', ...command], limitMs, env);
}
