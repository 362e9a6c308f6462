import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Notice } from '../parts/Notice.tsx';
import { Page } from '../parts/Page.tsx';
import { TokenField } from '../parts/TokenField.tsx';
import { newPath, placeOf } from '../place.ts';
import { words } from '../words/index.ts';
import { Empty } from './Empty.tsx';
import { Filters } from './Filters.tsx';
import type { Groups } from './groups.ts';
import { GroupRow } from './Row.tsx';
import { countsOf, inOrderOf, needsMyVote, type Row, rowsFor, type SeatIn, type Show } from './rows.ts';

interface OverviewProps {
  readonly groups: Groups;
  readonly seatIn: SeatIn;
  readonly search: Signal<string>;
  readonly show: Signal<Show>;
}

/** The list of groups; where there are none, what a group is. */
export function Overview(props: OverviewProps) {
  const rows = props.groups.rows.value;
  const problem = props.groups.problem.value;
  // Once somebody has begun to watch, the page stays as it is until it is left.
  const teaches = useSignal(false);
  const isNew = rows !== null && isUntouched(rows);
  useEffect(() => {
    if (isNew) teaches.value = true;
  }, [isNew]);
  const isLesson = isNew || teaches.value;
  return (
    <Page here="groups">
      {problem !== null && (
        <Notice title={words.overview.notForAll}>
          <p>{words.overview.byLink}</p>
          <TokenField group={null} onGiven={() => location.reload()} />
        </Notice>
      )}
      {isLesson ? (
        <Empty />
      ) : (
        <div class="titlebar">
          <h1>{words.overview.title}</h1>
          <div class="buttons">
            {problem === null && (
              <button
                class="button"
                type="button"
                onClick={() => {
                  teaches.value = true;
                }}
              >
                {words.three.button}
              </button>
            )}
            <a class="button first" href={newPath(placeOf(location.pathname))}>
              {words.frame.create}
            </a>
          </div>
        </div>
      )}
      {rows !== null && rows.size > 0 && <List {...props} rows={rows} hasHeading={isLesson} />}
    </Page>
  );
}

/** Rows that are on the page at once. */
const windowSize = 60;

interface ListProps extends OverviewProps {
  readonly rows: ReadonlyMap<string, Row>;
  /** Whether the page is about something else, so that the list needs a heading of its own. */
  readonly hasHeading: boolean;
}

function List({ rows, seatIn, search, show, hasHeading }: ListProps) {
  const { overview } = words;
  const from = useSignal(0);
  const isPointedAt = useSignal(false);
  const hasFocus = useSignal(false);
  const list = useRef<HTMLOListElement>(null);
  const before = useRef<readonly string[]>([]);
  const counts = useMemo(() => countsOf(rows.values(), seatIn), [rows, seatIn]);
  const looked = `${show.value} ${search.value}`;
  const sorted = useMemo(
    () => rowsFor(rows.values(), { show: show.value, search: search.value }, seatIn),
    [rows, looked, seatIn],
  );
  const stays = isPointedAt.value || hasFocus.value;
  const ordered = stays ? inOrderOf(sorted, before.current) : sorted;
  before.current = ordered.map(({ group }) => group);
  useEffect(() => {
    from.value = 0;
  }, [looked]);
  const first = from.value < ordered.length ? from.value : 0;
  const visible = ordered.slice(first, first + windowSize);
  const rest = ordered.length - first - visible.length;
  const move = (to: number) => () => {
    from.value = to;
    // After the rows of the new window are there.
    requestAnimationFrame(() => requestAnimationFrame(() => list.current?.querySelector('a')?.focus()));
  };
  return (
    <>
      {hasHeading && <h2>{overview.title}</h2>}
      <Filters search={search} show={show} counts={counts} />
      <div
        onPointerEnter={() => {
          isPointedAt.value = true;
        }}
        onPointerLeave={() => {
          isPointedAt.value = false;
        }}
        onFocusIn={() => {
          hasFocus.value = true;
        }}
        onFocusOut={() => {
          hasFocus.value = false;
        }}
      >
        <Columns />
        <ol class="groups" ref={list}>
          {visible.map((row, i) => (
            <GroupRow
              key={row.group}
              row={row}
              me={seatIn(row.group)?.agent ?? null}
              isMine={needsMyVote(row, seatIn)}
              place={first + i + 1}
              of={ordered.length}
            />
          ))}
        </ol>
      </div>
      <p class="small" role="status">
        {ordered.length === 0
          ? overview.none(rows.size)
          : overview.shown(first + 1, first + visible.length, ordered.length, rows.size)}
      </p>
      {(first > 0 || rest > 0) && (
        <div class="buttons">
          {first > 0 && (
            <button class="button" type="button" onClick={move(Math.max(0, first - windowSize))}>
              {overview.before(windowSize)}
            </button>
          )}
          {rest > 0 && (
            <button class="button" type="button" onClick={move(first + windowSize)}>
              {overview.next(Math.min(windowSize, rest))}
            </button>
          )}
        </div>
      )}
    </>
  );
}

function Columns() {
  const { columns } = words.overview;
  return (
    <div class="cols" aria-hidden="true">
      <span />
      <span>{columns.group}</span>
      <span>{columns.state}</span>
      <span class="rd">{columns.round}</span>
      <span>{columns.who}</span>
      <span>{columns.left}</span>
      <span>{columns.last}</span>
    </div>
  );
}

/** Whether nobody has done anything yet: the classroom's group is there from the beginning. */
function isUntouched(rows: ReadonlyMap<string, Row>): boolean {
  return [...rows.values()].every(
    ({ group, round, present }) => group === 'default' && round === 1 && present === 0,
  );
}
