import type { ComponentChildren } from 'preact';
import { type Counts as Ends, type SeedCounts, wilson } from '../../play/tally.ts';
import type { RunRecord, Side } from '../../play/types.ts';
import { words } from '../words/index.ts';
import { type Counting, portion } from './counting.ts';
import type { Chapter } from './scene.ts';

const say = words.play.count;

/** What is counted of each chapter. */
type Counted = 'DEADLOCK' | 'WRONG' | 'failing';
const counted: Readonly<Record<Chapter, Counted>> = {
  deadlock: 'DEADLOCK',
  itself: 'WRONG',
  'lost-reply': 'failing',
  free: 'failing',
};

interface CountsProps {
  readonly counting: Counting;
  readonly chapter: Chapter;
  readonly record: RunRecord;
  readonly onSeed: (seed: number) => void;
  /** More buttons. */
  readonly buttons: ComponentChildren;
  /** What is said below. */
  readonly children: ComponentChildren;
}

/** How many seeds go wrong on either side, with the interval in which the true share lies. */
export function Counts({ counting, chapter, record, onSeed, buttons, children }: CountsProps) {
  const counts = counting.counts.value;
  const done = counting.done.value;
  const first = counts?.firstFailing ?? null;
  return (
    <section class="part" aria-labelledby="seeds">
      <div class="titlebar">
        <h2 id="seeds">{counts === null ? say.none : say.title(counts.seeds)}</h2>
        <div class="buttons">
          {done === null ? (
            <button class="button" type="button" onClick={() => counting.run(record)}>
              {counts === null ? say.run(portion) : say.more(portion)}
            </button>
          ) : (
            <button class="button" type="button" onClick={counting.stop}>
              {say.stop}
            </button>
          )}
          {buttons}
          {first !== null && first !== record.seed && (
            <button class="button" type="button" onClick={() => onSeed(first)}>
              {say.firstFailing(first)}
            </button>
          )}
        </div>
      </div>
      <p class="small" role="status">
        {done === null ? counts === null && say.say : say.running(done, portion)}
      </p>
      {counts !== null && (
        <div class="versus">
          {(['exercise', 'quorate'] as const).map((side) => (
            <Count key={side} side={side} counts={counts} what={counted[chapter]} />
          ))}
        </div>
      )}
      {children}
    </section>
  );
}

interface CountProps {
  readonly side: Side;
  readonly counts: SeedCounts;
  readonly what: Counted;
}

function Count({ side, counts, what }: CountProps) {
  const ends = counts[side];
  const { seeds } = counts;
  const n = what === 'failing' ? seeds - ends.SUCCESS : ends[what];
  const { from, to } = wilson(n, seeds);
  return (
    <section class={n > 0 ? 'count bad' : 'count good'} aria-label={words.play.sides[side]}>
      <b>{words.count(n)}</b>
      <span>{say.ends[what](seeds)}</span>
      <div class="ci" aria-hidden="true">
        {n > 0 && <i style={{ '--to': from }} />}
        <i class="span" style={{ '--from': from, '--to': to }} />
      </div>
      <small>{say.interval(n / seeds, from, to)}</small>
      <small>{othersIn(ends)}</small>
    </section>
  );
}

const kinds = ['SUCCESS', 'DEADLOCK', 'WRONG', 'OPEN'] as const;

/** All ways in which the runs ended, such as "In all: 688 agree, 312 deadlocks". */
function othersIn(ends: Ends): string {
  return say.others(kinds.filter((kind) => ends[kind] > 0).map((kind) => say.kinds[kind](ends[kind])));
}
