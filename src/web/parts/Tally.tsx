import type { RoundState } from '../../client/index.ts';
import { type Bar, type Bars, type Block, mostRows } from '../group/bars.ts';
import { words } from '../words/index.ts';

const say = words.group.tally;

interface TallyProps {
  readonly bars: Bars;
  /** Colours the line: whether it was reached. */
  readonly state: RoundState;
  /** What agents are shown as, by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** What was proposed, as bars made of seats, and the line that they have to reach. */
export function Tally({ bars, state, names }: TallyProps) {
  const { of, need, bySeat, isWeighed } = bars;
  const rows = bars.rows.slice(0, mostRows);
  const more = bars.rows.length - rows.length + bars.moreValues;
  const kinds = ['tally'];
  if (state !== 'WAITING') kinds.push(state.toLowerCase());
  if (!bySeat) kinds.push('many');
  if (need === null) kinds.push('lineless');
  const spoken = rows.map((row) =>
    say.row(
      say.value(row.texts),
      say.weight(row.weight, of),
      namesIn(row, names, mostSpoken),
      vetoIn(row, names),
    ),
  );
  if (need !== null) spoken.push(`${say.decide(need)}.`);
  if (isWeighed) spoken.push(say.weighed);
  return (
    <figure class="bars">
      <div
        class={kinds.join(' ')}
        style={{ '--of': of, '--need': need ?? of }}
        role="img"
        aria-label={spoken.join(' ')}
      >
        {rows.map((row, i) => (
          <Row key={`${i}`} row={row} bars={bars} names={names} />
        ))}
        {need !== null && (
          <p class={4 * need < of ? 'foot early' : 'foot'}>
            <span>{say.decide(need)}</span>
          </p>
        )}
      </div>
      {(more > 0 || isWeighed) && (
        <figcaption class="small">
          {more > 0 && say.moreValues(more)} {isWeighed && say.weighed}
        </figcaption>
      )}
    </figure>
  );
}

/** Names that are said of a bar, and those that stand under one that is not drawn seat by seat. */
const mostSpoken = 8;
const mostShown = 3;
/** Values longer than this are set smaller. */
const longText = 8;
/** Beats after which all of a bar has been counted. */
const mostBeats = 8;

interface RowProps {
  readonly row: Bar;
  readonly bars: Bars;
  readonly names: TallyProps['names'];
}

function Row({ row, bars: { of, bySeat }, names }: RowProps) {
  const { texts, weight, won, blocks } = row;
  const text = say.value(texts);
  const hasNames = blocks.length > 0;
  const shown = hasNames ? blocks : unnamed(weight, bySeat);
  const veto = vetoIn(row, names);
  return (
    <div class={won ? 'row won' : 'row'}>
      <span class={text.length > longText ? 'value long' : 'value'}>{text}</span>
      <span class={hasNames ? 'track' : 'track whole'}>
        {shown.map((block, i) => (
          <span
            class="block"
            key={block.agent || `${i}`}
            style={{ '--i': Math.min(i + 1, mostBeats), '--w': block.weight }}
          >
            {names.get(block.agent) ?? block.agent}
          </span>
        ))}
        <span class="names">
          <span>{namesIn(row, names, hasNames ? mostSpoken : mostShown)}</span>
        </span>
      </span>
      <span class="weight">
        {say.weight(weight, of)}
        {veto !== null && <b> {veto}</b>}
      </span>
    </div>
  );
}

/** Blocks of a bar that names nobody: one a seat, or one for all. */
function unnamed(weight: number, bySeat: boolean): Block[] {
  if (!bySeat) return [{ agent: '', weight }];
  return Array.from({ length: weight }, () => ({ agent: '', weight: 1 }));
}

function namesIn({ agents, more }: Bar, names: TallyProps['names'], most: number): string {
  return say.names(
    agents.map((agent) => names.get(agent) ?? agent),
    more,
    most,
  );
}

function vetoIn({ vetoed }: Bar, names: TallyProps['names']): string | null {
  if (vetoed.length === 0) return null;
  return say.vetoed(vetoed.map((agent) => names.get(agent) ?? agent));
}
