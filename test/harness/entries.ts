import { type Applied, apply } from '../../src/core/apply.ts';
import { type Command, type Entry, entryVersion } from '../../src/core/entry.ts';
import { emptyState, type State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Canonical, Json, Settings } from '../../src/core/types.ts';

/** Small ways to put commands through the real `apply`, one log of one writer with a clock of its own. */

export interface Stamp {
  readonly time: number;
  readonly seed: number;
}

export function run(state: State, commands: readonly Command[], stamp: Stamp): Applied {
  const entry = nextEntry(state, commands, stamp);
  return apply(state, entry, entry.serial);
}

/** The entry that comes next in the log of this state: its serial is its index too. */
export function nextEntry(state: State, commands: readonly Command[], { time, seed }: Stamp): Entry {
  const header = {
    version: state.version,
    writer: 'one',
    serial: state.index + 1,
    server: 'one',
    reckoned: 0,
    alone: true,
  };
  return { ...header, time, seed, commands };
}

/** A rule as users write it, with everything they leave out; throws when it contradicts itself. */
export function settingsOf(body: Json): Settings {
  const parsed = parseSettings(body);
  if (!parsed.ok) throw new Error(`${JSON.stringify(body)}: ${JSON.stringify(parsed.complaints)}`);
  return parsed.settings;
}

/** Its keys, where it has any, are `join-key` and `observer-key` by their hashes. */
export function createCommand(group: string, settings: Settings): Command {
  const isOpen = settings.admission === 'open';
  const joinKeyHash = isOpen ? null : 'join-key';
  const observerKeyHash = isOpen ? null : 'observer-key';
  return { type: 'put-group', group, settings, ifRevision: null, joinKeyHash, observerKeyHash };
}

/** From here on the log may hold everything that this code knows. */
export const newestVersion: Command = { type: 'activate', version: entryVersion };

export function proposal(
  group: string,
  round: number | null,
  agent: string | null,
  value: Canonical | null,
): Extract<Command, { type: 'propose' }> {
  return { type: 'propose', group, round, agent, value, seq: null, tokenHash: null, key: null };
}

/** A state with one group, in a log whose newest version is active. */
export function freshGroup(group: string, settings: Settings, stamp: Stamp): State {
  const state = emptyState();
  mustSucceed(run(state, [newestVersion], stamp).results[0]);
  mustSucceed(run(state, [createCommand(group, settings)], stamp).results[0]);
  return state;
}

export function mustSucceed(result: Result | undefined): void {
  if (result?.ok !== true) throw new Error(`refused: ${JSON.stringify(result)}`);
}
