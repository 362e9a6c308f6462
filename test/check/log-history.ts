import type { Applied } from '../../src/core/apply.ts';
import type { Command, Entry, Result } from '../../src/core/types.ts';

/** I4, on the log itself: each entry of each writer is there once and in order, each key takes effect once. */
export class LogCheck {
  private readonly serials = new Map<string, number>();
  private readonly keys = new Map<string, string>();
  private readonly lastWriter = new Map<string, string>();
  private readonly blame: (invariant: string, text: string) => void;
  private readonly count: (what: string) => void;

  constructor(blame: (invariant: string, text: string) => void, count: (what: string) => void) {
    this.blame = blame;
    this.count = count;
  }

  entry(entry: Entry, applied: Applied, index: number): void {
    const { writer, serial, commands } = entry;
    const last = this.serials.get(writer) ?? 0;
    if (serial <= last)
      this.blame('I4', `entry ${index} is number ${serial} of ${writer}, after number ${last}`);
    this.serials.set(writer, serial);
    commands.forEach((command, i) => {
      // With a group its keys are forgotten: one of the same name is another.
      if (command.type === 'delete-group' && applied.results[i]?.ok)
        for (const key of this.keys.keys()) if (key.startsWith(`${command.group} `)) this.keys.delete(key);
      this.key(command, applied.results[i] as Result, writer, index);
    });
    this.counters(entry, applied);
  }

  private key(command: Command, result: Result, writer: string, index: number): void {
    if (command.type !== 'propose' || command.key === null || !result.ok) return;
    const key = `${command.group} ${command.key}`;
    const first = this.keys.get(key);
    if (result.did === 'repeated') {
      if (first !== undefined && first !== writer) this.count('idempotent replay from another server');
      return;
    }
    if (first !== undefined) this.blame('I4', `entry ${index}: the key ${command.key} takes effect again`);
    this.keys.set(key, writer);
  }

  private counters({ writer, commands }: Entry, { events }: Applied): void {
    const ticks = commands.some(({ type }) => type === 'tick');
    for (const { type, group } of events) {
      if (type === 'agent-expired') this.count('lease expiry');
      if (type === 'round-closed' && ticks && this.lastWriter.get(group) !== writer)
        this.count('deadline fired by a foreign tick');
    }
    for (const { group } of events) this.lastWriter.set(group, writer);
  }
}
