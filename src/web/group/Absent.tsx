import type { GroupJson, RoundJson } from '../../client/index.ts';
import { Mark } from '../parts/Mark.tsx';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import type { PageState } from './page-state.ts';
import { unaskedIn } from './parts.ts';
import type { Stepping } from './stepping.ts';

/** Who never came to a closed round, and who was taken out of it. */
export function Absent({ round, rule }: { readonly round: RoundJson; readonly rule: GroupJson['rule'] }) {
  const say = words.group.absent;
  const { waived } = round;
  const unasked = unaskedIn(round, rule.electorate);
  const missing = round.missing.filter((agent) => !unasked.includes(agent));
  if (round.missing.length + waived.length === 0) return null;
  return (
    <div class="part small">
      {missing.length > 0 && <p>{say.missing(missing)}</p>}
      {unasked.length > 0 && <p>{say.unasked(unasked)}</p>}
      {waived.map(({ agent, reason }) => (
        <p key={agent}>{say.waived(agent, reason)}</p>
      ))}
    </div>
  );
}

interface BeforeProps {
  readonly state: PageState;
  /** The round that the page shows. */
  readonly round: RoundJson;
  readonly stepping: Stepping;
}

/** The round that closed while one looked, when the next is open already. */
export function Before({ state, round, stepping }: BeforeProps) {
  const say = words.group.before;
  const closed = state.now.closed.value;
  if (closed === null || closed.round !== round.round - 1 || round.state !== 'WAITING') return null;
  const { state: came, value, reason, options } = closed;
  const select = (event: MouseEvent): void => {
    event.preventDefault();
    stepping.select(closed.round);
  };
  return (
    <p class="before">
      <Mark state={came} />{' '}
      <a href={stepping.href(closed.round)} onClick={select}>
        {say.label(closed.round)}
      </a>{' '}
      <span class={`state ${came.toLowerCase()}`}>{came}</span>{' '}
      {came === 'SUCCESS' ? say.agreed(valueText(value, options)) : say.failed(words.reason(reason))}
    </p>
  );
}
