import type { RoundJson } from '../../client/index.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import { Mark } from './Mark.tsx';

const say = words.group.rounds;

interface RoundsProps {
  /** Oldest first. */
  readonly rounds: readonly RoundJson[];
  /** The round that the page shows. */
  readonly current: number;
  /** Whether there are rounds before the first. */
  readonly hasEarlier: boolean;
  readonly href: (round: number) => string;
  readonly onSelect: (round: number) => void;
}

/** The rounds as a strip that one can step through, with links, or with the left and the right key. */
export function Rounds({ rounds, current, hasEarlier, href, onSelect }: RoundsProps) {
  const select = (round: number) => (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onSelect(round);
  };
  const first = rounds[0]?.round ?? 1;
  return (
    <nav class="part" aria-labelledby="rounds">
      <div class="titlebar">
        <h2 id="rounds">{say.title}</h2>
        {(rounds.length > 1 || hasEarlier) && <span class="small">{say.keys}</span>}
      </div>
      <ol class="rounds">
        {hasEarlier && (
          <li>
            <a href={href(first - 1)} onClick={select(first - 1)}>
              <b>…</b>
              <span class="of">{say.earlier}</span>
            </a>
          </li>
        )}
        {rounds.map((round) => (
          <li key={round.round}>
            <a
              href={href(round.round)}
              onClick={select(round.round)}
              aria-current={round.round === current ? 'page' : undefined}
              class={round.state === 'WAITING' ? 'open' : undefined}
            >
              <b>{words.count(round.round)}</b>
              <Mark state={round.state} present={round.present} of={round.eligible} />
              <span class="unseen">{round.state} </span>
              <Came round={round} />
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** What came of a round, in a word. */
function Came({ round }: { readonly round: RoundJson }) {
  const { state, reason, value, present, eligible, options } = round;
  if (state === 'WAITING')
    return <span class="of">{eligible === 0 ? say.gathering : words.head.in(present, eligible)}</span>;
  if (state === 'SUCCESS') return <span class="of val">{say.decided(valueText(value, options, 16))}</span>;
  return <span class="of">{words.reason(reason)}</span>;
}
