import { entryVersion, Newer } from '../entry.ts';
import type { State } from '../group/state.ts';
import type { Delivering } from '../group/webhook-list.ts';
import { checkVersion, snapshotVersion } from './header.ts';

/**
 * The part of a state that belongs to no group, as text and back. It is fixed at the checkpoint's index: what the commands of groups
 * look at besides their group must be here, so that a replay finds it as it was when they came. [Q1.10]
 */

type GlobalsRecord = [
  version: number,
  index: number,
  time: number,
  clocks: [string, number][],
  commands: number,
  revisionFloor: number,
  active: number,
  idling?: boolean,
  delivering?: Delivering,
];

export function encodeGlobals(state: State): string {
  const { index, time, clocks, commands, revisionFloor, version, idling, delivering } = state;
  const numbers = [commands, revisionFloor, version] as const;
  const record: GlobalsRecord = [snapshotVersion, index, time, [...clocks], ...numbers];
  if (idling || delivering !== null) record.push(idling);
  if (delivering !== null) record.push(delivering);
  return JSON.stringify(record);
}

/** The version of a record that `encodeGlobals` wrote, and of the entries that were active, also where a newer release wrote it. */
export function versionsOfState(text: string): { readonly record: number; readonly active: number } {
  const [record, , , , , , active] = JSON.parse(text) as GlobalsRecord;
  return { record, active };
}

/** Puts into an empty state what `encodeGlobals` wrote. */
export function decodeGlobals(text: string, state: State): void {
  const record = JSON.parse(text) as GlobalsRecord;
  const [version, index, time, clocks, commands, revisionFloor, active, idling, delivering] = record;
  checkVersion('state record', version);
  if (active > entryVersion)
    throw new Newer(`the log is at version ${active}, this server understands ${entryVersion}: update it`);
  state.index = index;
  state.time = time;
  state.commands = commands;
  state.revisionFloor = revisionFloor;
  state.version = active;
  state.idling = idling === true;
  state.delivering = delivering ?? null;
  for (const [writer, reading] of clocks) state.clocks.set(writer, reading);
}
