import type { Profiler } from 'node:inspector/promises';

/** The rooms of ARCHITECTURE.md that a request goes through, then what is not ours. */
export const rooms = ['http', 'core', 'replica', 'log', 'node', 'GC', 'other threads'] as const;

export type Room = (typeof rooms)[number];

/** Which share of the main thread's busy time each room has. Samples are taken by the clock, so they know no processor time. */
export function shareByRoom({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Map<Room, number> {
  const roomOf = new Map<number, Room | null>();
  const visit = (node: Profiler.ProfileNode, caller: Room | null): void => {
    const room = roomOfFrame(node.callFrame, caller);
    roomOf.set(node.id, room);
    for (const id of node.children ?? []) visit(byId.get(id) as Profiler.ProfileNode, room);
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [root] = nodes;
  if (root !== undefined) visit(root, 'node');
  const times = new Map<Room, number>();
  samples.forEach((id, i) => {
    const room = roomOf.get(id) ?? null;
    // A sample stands for the time until the next one.
    if (room !== null) times.set(room, (times.get(room) ?? 0) + (timeDeltas[i + 1] ?? 0));
  });
  const busy = [...times.values()].reduce((sum, us) => sum + us, 0);
  return new Map([...times].map(([room, us]) => [room, us / busy]));
}

/** The functions in which most of the busy time is spent, not counting what they call: share and place. */
export function hottest(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  count: number,
): readonly (readonly [share: number, place: string])[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, i) => {
    const { functionName = '', url = '', lineNumber = 0 } = frames.get(id) ?? {};
    if (functionName === '(idle)') return;
    const us = timeDeltas[i + 1] ?? 0;
    busy += us;
    const place = `${functionName || 'anonymous'} ${url.replace(/.*\/(src|node_modules)\//, '$1/')}:${lineNumber + 1}`;
    times.set(place, (times.get(place) ?? 0) + us);
  });
  const sorted = [...times].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, count).map(([place, us]) => [us / busy, place]);
}

/** Null for the time in which the thread waits. */
function roomOfFrame(
  { functionName, url }: Profiler.ProfileNode['callFrame'],
  caller: Room | null,
): Room | null {
  if (functionName === '(idle)') return null;
  if (functionName === '(garbage collector)') return 'GC';
  if (functionName === '(program)' || url.startsWith('node:')) return 'node';
  const room = /\/src\/(\w+)\//.exec(url)?.[1];
  if (room !== undefined && isRoom(room)) return room;
  // The language's own functions and packages count for the room that calls them.
  return caller;
}

function isRoom(name: string): name is Room {
  return (rooms as readonly string[]).includes(name);
}
