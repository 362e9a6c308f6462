import type { Axis as AxisShape } from '../group/axis.ts';
import { words } from '../words/index.ts';

const say = words.group.facts;

interface AxisProps {
  readonly axis: AxisShape;
  /** Whether the round was a success. */
  readonly isWon: boolean;
  /** The same in words. */
  readonly label: string;
}

/** The numbers that were proposed on their axis: each a dot, many of them as bins, and the median. */
export function Axis({ axis, isWon, label }: AxisProps) {
  const { dots, bins, ticks, median, high } = axis;
  return (
    <div
      class={isWon ? 'axis won' : 'axis'}
      role="img"
      aria-label={label}
      style={{ '--high': high, '--bins': bins.length }}
    >
      <span class="mid" style={{ '--at': median }}>
        <span>{say.medianMark}</span>
      </span>
      <span class="rule" />
      {dots.map(({ at, up, won }) => (
        <span key={`${at} ${up}`} class={won ? 'dot won' : 'dot'} style={{ '--at': at, '--up': up }} />
      ))}
      {bins.map(({ at, share, won }) => (
        <span key={at} class={won ? 'bin won' : 'bin'} style={{ '--at': at, '--share': share }} />
      ))}
      {ticks.map(({ at, text }) => (
        <span key={at} class="tick" style={{ '--at': at }}>
          {text}
        </span>
      ))}
    </div>
  );
}
