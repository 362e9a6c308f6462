import type { Applied } from '../../src/core/apply.ts';
import type { Command, Entry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';

/** I4, on the log itself: each entry of each writer is there once and in order, each key takes effect once. */
export class LogCheck {
  private readonly serials = new Map<string, number>();
  private readonly keys = new Map<string, { readonly writer: string; readonly round: number }>();
  private readonly lastWriter = new Map<string, string>();
  private readonly gone = new Set<string>();
  private readonly blame: (invariant: string, text: string) => void;
  private readonly count: (what: string) => void;

  constructor(blame: (invariant: string, text: string) => void, count: (what: string) => void) {
    this.blame = blame;
    this.count = count;
  }

  entry(entry: Entry, applied: Applied, state: State): void {
    const { writer, serial, commands } = entry;
    const { index } = state;
    const last = this.serials.get(writer) ?? 0;
    if (serial <= last)
      this.blame('I4', `entry ${index} is number ${serial} of ${writer}, after number ${last}`);
    this.serials.set(writer, serial);
    // What time deletes goes before any command of the entry is looked at.
    for (const group of idleIn(entry, applied)) this.forget(group);
    commands.forEach((command, i) => {
      // With a group its keys are forgotten: one of the same name is another.
      if (command.type === 'delete-group' && applied.results[i]?.ok) this.forget(command.group);
      this.key(command, applied.results[i] as Result, writer, state);
    });
    this.counters(entry, applied);
  }

  private forget(group: string): void {
    for (const key of this.keys.keys()) if (key.startsWith(`${group} `)) this.keys.delete(key);
  }

  private key(command: Command, result: Result, writer: string, state: State): void {
    if (command.type !== 'propose' || command.key === null || !result.ok || !('round' in result)) return;
    const key = `${command.group} ${command.agent ?? ''} ${command.key}`;
    const first = this.keys.get(key);
    if (result.did === 'repeated') {
      if (first !== undefined && first.writer !== writer) this.count('idempotent replay from another server');
      return;
    }
    // With its round a key is forgotten. [Q3.6]
    const { closed, open } = state.groups.get(command.group) ?? {};
    const isKept = first !== undefined && (open?.number === first.round || closed?.has(first.round) === true);
    if (isKept) this.blame('I4', `entry ${state.index}: the key ${command.key} takes effect again`);
    this.keys.set(key, { writer, round: result.round });
  }

  private counters(entry: Entry, applied: Applied): void {
    const { writer, commands } = entry;
    const { events } = applied;
    for (const group of idleIn(entry, applied)) {
      this.gone.add(group);
      this.count('idle group gone');
    }
    for (const { type, group } of events)
      if (type === 'group-created' && this.gone.delete(group)) this.count('idle group made again');
    const ticks = commands.some(({ type }) => type === 'tick');
    for (const { type, group } of events) {
      if (type === 'agent-expired') this.count('lease expiry');
      if (type === 'round-closed' && ticks && this.lastWriter.get(group) !== writer)
        this.count('deadline fired by a foreign tick');
    }
    for (const { group } of events) this.lastWriter.set(group, writer);
  }
}

/** The groups that went in this entry, and that nobody deleted. [Q3.17] */
function idleIn({ commands }: Entry, { events }: Applied): string[] {
  const deleted = new Set(commands.flatMap((one) => (one.type === 'delete-group' ? [one.group] : [])));
  return events.flatMap(({ type, group }) =>
    type === 'group-deleted' && !deleted.has(group) ? [group] : [],
  );
}
