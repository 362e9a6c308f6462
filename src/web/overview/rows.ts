import type { GroupRowJson } from '../../core/view/group-row.ts';
import type { EventJson, RoundJson } from '../../core/view/json-types.ts';

type Shown = 'group' | 'title' | 'round' | 'state' | 'reason' | 'value' | 'eligible' | 'present' | 'missing';
type Told = 'moreMissing' | 'openedAt' | 'deadlineAt' | 'closedAt' | 'explain' | 'revision' | 'last';

/** What the overview shows of a group: its latest round, and the last that closed. */
export type Row = Pick<GroupRowJson, Shown | Told>;

/** Which groups are shown. */
export const shows = ['all', 'open', 'mine', 'failed', 'decided'] as const;
export type Show = (typeof shows)[number];

/** The name that this browser has in a group, and the round in which it has voted there last. */
export interface MySeat {
  readonly agent: string;
  /** Null: in none that it knows of. */
  readonly votedIn: number | null;
}

/** Null where this browser has no name. */
export type SeatIn = (group: string) => MySeat | null;

/** Whether a round waits for the vote of this browser. */
export function needsMyVote(row: Row, seatIn: SeatIn): boolean {
  if (row.state !== 'WAITING') return false;
  const me = seatIn(row.group);
  if (me === null) return false;
  if (row.missing.includes(me.agent)) return true;
  // Where seats have no names, or not all who are missing are named, only this browser knows.
  const isSaid = row.missing.length > 0 && row.moreMissing === undefined;
  return !isSaid && row.present < row.eligible && me.votedIn !== row.round;
}

/** The row after an event with a round; the same row where it is not newer. */
export function afterEvent(row: Row, { round, type }: EventJson): Row {
  if (round === null || round.round < row.round || round.revision < row.revision) return row;
  const { state, reason, value, eligible, present, openedAt, deadlineAt, closedAt, explain, revision } =
    round;
  const isClosed = state !== 'WAITING' && reason !== null && closedAt !== null;
  const last = isClosed ? { round: round.round, state, reason, value, closedAt } : row.last;
  return {
    ...{ group: row.group, title: row.title, round: round.round, last },
    ...{ state, reason, value, eligible, present, openedAt, deadlineAt, closedAt, explain, revision },
    missing: missingAfter(row, round, type),
  };
}

/** Events of large rounds come without the list: then who was missing before still is, at most. */
function missingAfter(row: Row, round: RoundJson, type: string): readonly string[] {
  if (round.missing.length > 0 || round.present >= round.eligible || type !== 'proposed')
    return round.missing;
  return row.round === round.round ? row.missing : [];
}

/** The rows that a reader looks for, in order: who needs my vote, then who waits, by the time that is left, then by name. */
export function rowsFor(
  rows: Iterable<Row>,
  { show, search }: { readonly show: Show; readonly search: string },
  seatIn: SeatIn,
): readonly Row[] {
  const wanted = search.trim().toLowerCase();
  const keyed = [...rows]
    .filter((row) => isShown(row, show, seatIn) && isFound(row, wanted))
    .map((row) => ({ row, rank: rankOf(row, seatIn), deadline: deadlineOf(row) }));
  keyed.sort((a, b) => a.rank - b.rank || a.deadline - b.deadline || (a.row.group < b.row.group ? -1 : 1));
  return keyed.map(({ row }) => row);
}

function isShown(row: Row, show: Show, seatIn: SeatIn): boolean {
  if (show === 'open') return row.state === 'WAITING';
  if (show === 'mine') return needsMyVote(row, seatIn);
  if (show === 'failed') return row.state === 'FAILED';
  if (show === 'decided') return row.state === 'SUCCESS';
  return true;
}

/** How many rows each choice shows. */
export function countsOf(rows: Iterable<Row>, seatIn: SeatIn): Readonly<Record<Show, number>> {
  const counts = { all: 0, open: 0, mine: 0, failed: 0, decided: 0 };
  for (const row of rows) for (const show of shows) if (isShown(row, show, seatIn)) counts[show] += 1;
  return counts;
}

/** The rows in the order that is on the screen, new ones behind: nothing moves away under a pointer. */
export function inOrderOf(rows: readonly Row[], before: readonly string[]): readonly Row[] {
  const place = new Map(before.map((name, i) => [name, i]));
  const at = (row: Row): number => place.get(row.group) ?? before.length;
  return rows.toSorted((a, b) => at(a) - at(b));
}

function isFound({ group, title }: Row, wanted: string): boolean {
  return (
    wanted === '' || group.toLowerCase().includes(wanted) || title?.toLowerCase().includes(wanted) === true
  );
}

function rankOf(row: Row, seatIn: SeatIn): number {
  if (row.state !== 'WAITING') return 2;
  return needsMyVote(row, seatIn) ? 0 : 1;
}

function deadlineOf({ state, deadlineAt }: Row): number {
  return state === 'WAITING' && deadlineAt !== null ? Date.parse(deadlineAt) : Number.MAX_SAFE_INTEGER;
}
