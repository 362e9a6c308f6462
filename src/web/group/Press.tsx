import type { RoundJson } from '../../client/index.ts';
import { valueText } from '../value.ts';
import { guestQuery, pressAsGuest } from '../vote/link.ts';
import { words } from '../words/index.ts';

interface PressProps {
  readonly round: RoundJson;
  /** The path of the vote page. */
  readonly vote: string;
}

/** Options above which a row of them is no help any more. */
const most = 12;

/** For guests, the options of an open round to be pressed at once: the vote page comes with that card chosen, and still asks to send it. */
export function Press({ round: { group, state, options }, vote }: PressProps) {
  if (state !== 'WAITING' || options === null || options.length > most) return null;
  return (
    <nav class="press" aria-labelledby="press">
      <span id="press">{words.group.press}</span>
      {options.map(({ value, label }) => (
        <a
          key={JSON.stringify(value)}
          class="button"
          href={vote + guestQuery(value)}
          onClick={() => pressAsGuest(group)}
        >
          {label ?? valueText(value)}
        </a>
      ))}
    </nav>
  );
}
