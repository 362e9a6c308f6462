import type { Option } from '../../core/types.ts';
import { listed, type Seat, type Seating } from '../group/seats.ts';
import { now } from '../live.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';

const say = words.group.seats;

/** Rows that a list shows at most. */
const mostRows = 200;
/** Free seats that have a row each. */
const mostFree = 6;
/** A lease that ends sooner than this is said so, ms. */
const soonMs = 8000;

interface SeatsProps {
  readonly seating: Seating;
  /** The agent that looks; null: nobody. */
  readonly you: string | null;
  /** Whether a proposal without a value is hidden until the close, or for good. */
  readonly blind: boolean;
  /** Whether the round still waits for agents to join. */
  readonly isGathering: boolean;
  /** Agents that have come in while one looked. */
  readonly just: ReadonlySet<string>;
  /** What may be proposed, with its labels; null: anything. */
  readonly options: readonly Option[] | null;
}

/** Who is in and who is missing: each seat says its state in words. */
export function Seats({ seating, you, blind, isGathering, just, options }: SeatsProps) {
  const { shown, folded } = listed(seating.seats);
  const { free } = seating;
  const rows = (seats: readonly Seat[]) =>
    seats
      .slice(0, mostRows)
      .map((seat) => (
        <SeatRow
          key={seat.agent}
          seat={seat}
          you={seat.agent === you}
          blind={blind}
          just={just.has(seat.agent)}
          options={options}
        />
      ));
  const watching = seating.watching.map(({ agent, name }) => name ?? agent);
  return (
    <section class="part" aria-labelledby="seats">
      <h2 id="seats">{say.title}</h2>
      <ul class="seats">
        {rows(shown)}
        {free > mostFree ? (
          <FreeSeat text={say.free(free)} />
        ) : (
          Array.from({ length: free }, (_, i) => <FreeSeat key={`free ${i}`} text={say.free(1)} />)
        )}
      </ul>
      <More of={shown.length} />
      {folded.length > 0 && (
        <details>
          <summary>{say.folded(folded.length)}</summary>
          <ul class="seats">{rows(folded)}</ul>
          <More of={folded.length} />
        </details>
      )}
      {watching.length > 0 && (
        <p class="small">{isGathering ? say.joined(watching) : say.watching(watching)}</p>
      )}
    </section>
  );
}

function More({ of }: { readonly of: number }) {
  return of > mostRows ? <p class="small">{say.more(of - mostRows)}</p> : null;
}

function FreeSeat({ text }: { readonly text: string }) {
  return (
    <li class="seat missing">
      <span class="pip" aria-hidden="true" />
      <p>{text}</p>
      <p class="lease">{say.anybody}</p>
      <p class="now" />
      <p class="at" />
    </li>
  );
}

interface RowProps {
  readonly seat: Seat;
  readonly you: boolean;
  readonly blind: boolean;
  readonly just: boolean;
  readonly options: readonly Option[] | null;
}

function SeatRow({ seat, you, blind, just, options }: RowProps) {
  const { state, name, agent, kind, roles, after } = seat;
  return (
    <li class={`seat ${state}${just ? ' just' : ''}`}>
      <span class="pip" aria-hidden="true" />
      <p>
        <span class="name" title={name === agent ? undefined : agent}>
          {name}
        </span>{' '}
        {you && <span class="you">{say.you}</span>}{' '}
        {kind !== null && <span class="kind">{words.kind(kind)}</span>}{' '}
        {roles.length > 0 && <span class="kind">{say.parts(roles)}</span>}
      </p>
      <p class="lease">
        <Lease seat={seat} />
      </p>
      <p class="now">
        <Now seat={seat} blind={blind} options={options} />
      </p>
      <p class="at">
        {after !== null && (
          <>
            <span class="unseen">{say.came} </span>
            {say.after(after)}
          </>
        )}
      </p>
    </li>
  );
}

function Lease({ seat: { leaseUntil, ranOut } }: { readonly seat: Seat }) {
  if (leaseUntil === null) return <>{ranOut && say.ranOut}</>;
  const left = Math.max(0, Date.parse(leaseUntil) - now.value);
  return left < soonMs ? <span class="soon">{say.soon(left)}</span> : <span>{say.live(left)}</span>;
}

function Now({
  seat: { state, proposal, reason },
  blind,
  options,
}: Pick<RowProps, 'seat' | 'blind' | 'options'>) {
  if (state === 'waived') return <>{say.waived(reason ?? '')}</>;
  if (state !== 'in') return <>{say.state(state)}</>;
  if (proposal?.abstain === true) return <>{say.abstained}</>;
  if (proposal?.value !== undefined)
    return (
      <>
        {say.in} <span class="mono">{valueText(proposal.value, options)}</span>
      </>
    );
  return (
    <>
      {say.in} <span class="sealed" aria-hidden="true" /> {blind ? say.hidden : say.notShown}
    </>
  );
}
