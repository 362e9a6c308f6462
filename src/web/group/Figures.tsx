import type { RoundJson } from '../../client/index.ts';
import { Axis } from '../parts/Axis.tsx';
import { shortNumber, valueText } from '../value.ts';
import { words } from '../words/index.ts';
import { axisOf } from './axis.ts';
import type { Bars } from './bars.ts';
import type { Entries } from './entries.ts';

const facts = words.group.facts;

interface FiguresProps {
  readonly round: RoundJson;
  readonly bars: Bars;
  readonly entries: Entries;
}

/** Values that the sentence for the axis names. */
const mostSpoken = 12;

/** The numbers of a closed round: as facts, and on their axis. */
export function Figures({ round, bars, entries }: FiguresProps) {
  const { stats, present, eligible } = round;
  if (stats === null) return null;
  const won = bars.rows.find((row) => row.won);
  const axis = axisOf(round, entries, new Set((won?.values ?? []).map(Number)));
  const spoken = entries.entries
    .map(({ value, agents, more = 0 }) => facts.times(valueText(value), agents.length + more))
    .slice(0, mostSpoken)
    .join(', ');
  const others = entries.entries.length - mostSpoken;
  return (
    <section class="part" aria-labelledby="spread">
      <h2 id="spread">{facts.title}</h2>
      <dl class="facts">
        <Fact term={facts.median} value={shortNumber(stats.median)} />
        <Fact term={facts.mean} value={shortNumber(stats.mean)} />
        <Fact term={facts.spread} value={facts.to(shortNumber(stats.min), shortNumber(stats.max))} />
        {won !== undefined && bars.need !== null && (
          <Fact term={facts.agreement} value={facts.of(won.weight, bars.of)} />
        )}
        <Fact term={facts.in} value={facts.of(present, eligible)} />
      </dl>
      {axis !== null && (
        <Axis
          axis={axis}
          isWon={round.state === 'SUCCESS'}
          label={facts.axis(others > 0 ? facts.andMore(spoken, others) : spoken, shortNumber(stats.median))}
        />
      )}
    </section>
  );
}

function Fact({ term, value }: { readonly term: string; readonly value: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
}
