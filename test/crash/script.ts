/** What writer.ts does to a log: entries enough for three segments, with checkpoints that trim the first. */
export const entries = 24;
/** After these entries. */
export const checkpoints: readonly number[] = [6, 12, 18];

export function textOf(index: number): string {
  return `entry number ${index}`.padEnd(20);
}

/** What the writer's log holds, as it prints it. */
export interface Held {
  readonly from: number;
  readonly texts: readonly string[];
  readonly checkpoint: number | null;
  readonly state: Readonly<Record<string, string>>;
}

/** What is wrong with what a log holds whose writer had said these lines; null when nothing is. */
export function wrongWith(said: readonly string[], held: Held): string | null {
  const acked = lastOf(said, 'entry');
  const head = held.from - 1 + held.texts.length;
  if (head < acked || head > acked + 1) return `${acked} acknowledged, ${head} held`;
  const wrong = held.texts.findIndex((text, i) => text !== textOf(held.from + i));
  if (wrong >= 0) return `entry ${held.from + wrong} is "${held.texts[wrong]}"`;
  const published = lastOf(said, 'checkpoint');
  const next = checkpoints.find((index) => index > published) ?? published;
  const found = held.checkpoint ?? 0;
  if (found !== published && found !== next) return `checkpoint ${published} was published, ${found} held`;
  if (found > head) return `checkpoint ${found} of ${head} entries`;
  const before = checkpoints.filter((index) => index < found);
  if (held.from - 1 > (before.at(-1) ?? 0))
    return `entry ${held.from - 1} is trimmed, checkpoint ${found} held`;
  const keys = checkpoints.filter((index) => index <= found).map((index) => `since-${index}`);
  const expected = found === 0 ? [] : ['index', ...keys.sort()];
  const isSame =
    expected.join() === Object.keys(held.state).join() && (held.state.index ?? '0') === `${found}`;
  return isSame ? null : `checkpoint ${found} holds ${JSON.stringify(held.state)}`;
}

function lastOf(said: readonly string[], what: string): number {
  const last = said.findLast((line) => line.startsWith(`${what} `));
  return Number(last?.split(' ')[1] ?? 0);
}
