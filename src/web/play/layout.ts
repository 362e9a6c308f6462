import type { Arrow, Picture } from './picture.ts';

/** Where the parts of a picture stand, in units of the drawing: px at its natural size. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The lane of each place. */
  readonly x: readonly number[];
  /** The lower end of each row. */
  readonly y: readonly number[];
  /** The lower end of each step. */
  readonly stepY: readonly number[];
  /** Where the lanes end, and what is said of the end begins. */
  readonly bottom: number;
}

const margin = 60;
/** Between two lanes: less where there are many, so that most pictures fit a page. */
const laneWidth = (lanes: number): number => (lanes <= 4 ? 130 : 108);
/** What is said below the lanes. */
const endHeight = 58;
/** The band in which lanes say that they wait. */
export const waitHeight = 56;

export function layoutOf({ lanes, rows, steps, end }: Picture): Layout {
  const between = laneWidth(lanes.length);
  const x = lanes.map((_, lane) => margin + lane * between);
  const y: number[] = [];
  const stepY: number[] = [];
  let at = 6;
  for (const { step, height } of rows) {
    at += height;
    y.push(at);
    stepY[step] = at;
  }
  // A step in which nothing is drawn ends where the one before it does.
  for (let step = 0; step < steps.length; step++) stepY[step] ??= stepY[step - 1] ?? 6;
  const bottom = at + 14 + (end.waiting === null ? 0 : waitHeight);
  return {
    width: 2 * margin + (lanes.length - 1) * between,
    height: bottom + endHeight,
    x,
    y,
    stepY,
    bottom,
  };
}

/** A line with a word beside it. */
export interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly word: { readonly x: number; readonly y: number; readonly isBefore: boolean };
}

/** How far a message comes that does not arrive. */
const lostShare = 0.55;
const lostDrop = 12;

/** The line of an arrow, and its word: at the agent's end, where there is most room. */
export function lineOf({ x, y, bottom }: Layout, { from, to, sent, arrived, isLost }: Arrow): Line {
  const server = x.length - 1;
  const [x1 = 0, toX = 0] = [x[from], x[to]];
  const y1 = y[sent] ?? 0;
  const [x2, y2] =
    arrived !== null
      ? [toX, y[arrived] ?? 0]
      : [x1 + (toX - x1) * lostShare, isLost ? y1 + lostDrop : bottom - 6];
  if (from !== server) return { x1, y1, x2, y2, word: { x: x1 + 12, y: y1 - 5, isBefore: false } };
  if (arrived === null) return { x1, y1, x2, y2, word: { x: x2 - 12, y: y2 + 5, isBefore: true } };
  // Beside the server a line is short and steep: its word stands on the other side of the lane.
  const isNext = to === server - 1 && to > 0;
  const word = isNext
    ? { x: x2 - 10, y: y2 + 5, isBefore: true }
    : { x: x2 + 12, y: y2 - 9, isBefore: false };
  return { x1, y1, x2, y2, word };
}

/** The tip of a line as a path. */
export function tipOf({ x1, y1, x2, y2 }: Line): string {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const at = (along: number, aside: number): string =>
    `${round(x2 - dx * along - dy * aside)} ${round(y2 - dy * along + dx * aside)}`;
  return `M${at(0, 0)}L${at(10, 4)}L${at(10, -4)}z`;
}

const round = (n: number): number => Math.round(n * 10) / 10;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The arrow that is nearest to a point, of those that are drawn down to `upTo`; null where none is within reach. */
export function nearest(
  layout: Layout,
  arrows: readonly Arrow[],
  upTo: number,
  at: Point,
  reach: number,
): Arrow | null {
  let found: Arrow | null = null;
  let least = reach;
  for (const arrow of arrows) {
    if ((layout.y[arrow.sent] ?? 0) > upTo) continue;
    const distance = distanceTo(lineOf(layout, arrow), at);
    if (distance <= least) [found, least] = [arrow, distance];
  }
  return found;
}

function distanceTo({ x1, y1, x2, y2 }: Line, at: Point): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = ((at.x - x1) * dx + (at.y - y1) * dy) / (dx * dx + dy * dy || 1);
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(at.x - x1 - dx * share, at.y - y1 - dy * share);
}
