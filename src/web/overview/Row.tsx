import { useComputed } from '@preact/signals';
import { now } from '../live.ts';
import { isSoon } from '../parts/Clock.tsx';
import { Explained } from '../parts/Explained.tsx';
import { Mark } from '../parts/Mark.tsx';
import { Pips } from '../parts/Pips.tsx';
import { groupPath, placeOf } from '../place.ts';
import { words } from '../words/index.ts';
import type { Row } from './rows.ts';

interface GroupRowProps {
  readonly row: Row;
  /** The name that this browser has in the group. */
  readonly me: string | null;
  readonly isMine: boolean;
  /** Its place in the whole list, from 1, and how long that is. */
  readonly place: number;
  readonly of: number;
}

const classes = { WAITING: 'waiting', SUCCESS: 'success', FAILED: 'failed' } as const;

/** One group of the overview. */
export function GroupRow({ row, me, isMine, place, of }: GroupRowProps) {
  const { group, title, state, round, present, eligible } = row;
  const isWaiting = state === 'WAITING';
  return (
    <li
      class={`group ${classes[state]}${isMine ? ' mine' : ''}`}
      aria-setsize={of}
      aria-posinset={place}
      data-group={group}
    >
      <Mark state={state} present={present} of={eligible} />
      <p class="what">
        <a href={groupPath(placeOf(location.pathname), group)}>{title ?? group}</a>
        {title !== null && <span class="id">{group}</span>}
      </p>
      <p class="word">{state}</p>
      <p class="rd">
        <span class="unseen">{words.overview.round} </span>
        {words.count(round)}
      </p>
      <p class="who">
        <Pips present={present} of={eligible} /> {words.head.in(present, eligible)}
        {isMine && (
          <>
            {' · '}
            <span class="vote">{words.overview.needsYourVote}</span>
          </>
        )}
        {isWaiting && row.missing.length > 0 && ` · ${words.overview.missing(row, me)}`}
        {!isWaiting && (
          <span class="why">
            {' · '}
            <Explained round={row} isSentence={false} />
          </span>
        )}
      </p>
      <p class="left">
        {isWaiting && row.deadlineAt !== null && <Left row={row} deadlineAt={row.deadlineAt} />}
      </p>
      <p class="last">{row.last !== null && <Last last={row.last} />}</p>
    </li>
  );
}

function Left({ row, deadlineAt }: { readonly row: Row; readonly deadlineAt: string }) {
  const deadline = Date.parse(deadlineAt);
  const left = useComputed(() => Math.max(0, deadline - now.value));
  const soon = isSoon(left.value, deadline - Date.parse(row.openedAt));
  return <span class={soon ? 'soon' : undefined}>{words.clock.left(left.value)}</span>;
}

function Last({ last: { state, reason, value } }: { readonly last: NonNullable<Row['last']> }) {
  const label = <span class="unseen">{words.overview.columns.last}: </span>;
  if (state === 'FAILED')
    return (
      <>
        {label}≠ {words.reason(reason)}
      </>
    );
  return (
    <>
      {label}= <span class="value">{words.value(value)}</span>
    </>
  );
}
