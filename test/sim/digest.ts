import type { State } from '../../src/core/group/state.ts';
import { encodeGlobals } from '../../src/core/snapshot/globals.ts';
import { encodeGroup } from '../../src/core/snapshot/group-record.ts';
import { encodeServer } from '../../src/core/snapshot/webhook-record.ts';

/** All of a state as text: equal states give equal texts. */
export function digest(state: State): string {
  const names = [...state.groups.keys()].sort();
  const groups = names.map((name) => encodeGroup(state.groups.get(name) as never));
  return [encodeGlobals(state), ...encodeServer(state), ...groups].join('\n');
}
