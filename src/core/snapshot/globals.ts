import { entryVersion, Newer } from '../entry.ts';
import type { State } from '../group/state.ts';
import { checkVersion, snapshotVersion } from './header.ts';

/** The part of a state that belongs to no group, as text and back. */

type GlobalsRecord = [
  version: number,
  index: number,
  time: number,
  clocks: [string, number][],
  commands: number,
  revisionFloor: number,
  active: number,
  idling?: true,
];

export function encodeGlobals(state: State): string {
  const { index, time, clocks, commands, revisionFloor, version, idling } = state;
  const numbers = [commands, revisionFloor, version] as const;
  const record: GlobalsRecord = [snapshotVersion, index, time, [...clocks], ...numbers];
  if (idling) record.push(true);
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
  const [version, index, time, clocks, commands, revisionFloor, active, idling] = record;
  checkVersion('state record', version);
  if (active > entryVersion)
    throw new Newer(`the log is at version ${active}, this server understands ${entryVersion}: update it`);
  state.index = index;
  state.time = time;
  state.commands = commands;
  state.revisionFloor = revisionFloor;
  state.version = active;
  state.idling = idling === true;
  for (const [writer, reading] of clocks) state.clocks.set(writer, reading);
}
