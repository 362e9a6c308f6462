import '../styles/wall.css';
import { useEffect, useMemo } from 'preact/hooks';
import type { GroupJson, RoundJson } from '../../client/index.ts';
import { contact, now as serverTime } from '../live.ts';
import { isSoon } from '../parts/Clock.tsx';
import { Contact } from '../parts/Contact.tsx';
import { Explained } from '../parts/Explained.tsx';
import { Mark } from '../parts/Mark.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Qr } from '../parts/Qr.tsx';
import { groupPath, isLoopback, placeOf } from '../place.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import { ruleInWords } from '../words/rule.ts';
import { stayAwake } from './awake.ts';
import { useClosing, useComing } from './just.ts';
import type { PageState } from './page-state.ts';
import { seatsOf } from './seats.ts';
import { type Token, tokensOf } from './wall-tokens.ts';

/** A round for a projector: what state, who is missing, how long, and where to vote. Nothing to press. */
export function Wall({ state }: { readonly state: PageState }) {
  const group = state.now.details.value;
  const round = state.shown.value;
  const problem = state.now.problem.value;
  useEffect(stayAwake, []);
  if (problem !== null || group === null || round === null)
    return (
      <main id="main" class="wall">
        <h1>{state.now.group.name}</h1>
        {problem === null ? <Contact /> : <Problem problem={problem} />}
      </main>
    );
  return <Whole state={state} group={group} round={round} />;
}

interface WholeProps {
  readonly state: PageState;
  readonly group: GroupJson;
  readonly round: RoundJson;
}

/** Values longer than this are set smaller. */
const shortText = 6;

function Whole({ state, group, round }: WholeProps) {
  const details = state.details.value;
  // Without the round's own rule nobody knows what of its proposals is for the room.
  const { proposals, explanation } =
    details?.round === round.round && details.explanation !== null ? details : nothing;
  const rule = explanation?.rule ?? group.rule;
  const agents = state.agents.value;
  const seating = useMemo(
    () => seatsOf({ round, electorate: rule.electorate, proposals, agents }),
    [round, rule, proposals, agents],
  );
  const just = useComing(round, seating);
  const isClosing = useClosing(state.now.closed, round);
  const isOpen = round.state === 'WAITING';
  const tokens = useMemo(
    () => tokensOf(round, rule, seating, explanation?.dissent ?? null),
    [round, rule, seating, explanation],
  );
  const name = group.title ?? group.group;
  const value = valueText(round.value, round.options);
  const title = isOpen
    ? words.group.titleOpen(name, round.present, round.eligible)
    : words.group.titleClosed(name, round.state === 'SUCCESS' ? value : null);
  useEffect(() => {
    document.title = words.frame.title(title);
  }, [title]);
  return (
    <main id="main" class={`wall ${round.state.toLowerCase()}${isClosing ? ' just-closed' : ''}`}>
      <h1>{name}</h1>
      <section class="face" aria-label={words.head.label}>
        <Mark state={round.state} present={round.present} of={round.eligible} />
        <div>
          <p>
            <span class={`state ${round.state.toLowerCase()}`}>{round.state}</span>
          </p>
          <Big round={round} value={value} />
        </div>
      </section>
      {isOpen && group.admission === 'invite' && (
        <div class="scan">
          <p>{words.wall.invited}</p>
        </div>
      )}
      {isOpen && group.admission !== 'invite' && <VoteAt group={group.group} />}
      {tokens.length > 0 && (
        <ul class="tokens" aria-label={isOpen ? words.wall.seats : words.wall.proposals}>
          {tokens.map((token, i) => (
            <Shown
              key={token.what === 'seat' ? token.agent : `${token.what} ${i}`}
              token={token}
              isJust={token.what === 'seat' && just.has(token.agent)}
            />
          ))}
        </ul>
      )}
      <Foot state={state} group={group} round={round} />
    </main>
  );
}

const nothing = { proposals: [], explanation: null };

function Big({ round, value }: { readonly round: RoundJson; readonly value: string }) {
  const { state, present, eligible } = round;
  const isGathering = state === 'WAITING' && eligible === 0;
  const isLong = isGathering || state === 'FAILED' || (state === 'SUCCESS' && value.length > shortText);
  return (
    <p class={isLong ? 'big long' : 'big'} role="status">
      {isGathering ? (
        words.group.head.gathering
      ) : state === 'WAITING' ? (
        <>
          {words.count(present)} <small>{words.group.head.of(eligible)}</small>
        </>
      ) : state === 'SUCCESS' ? (
        <>
          <small>{words.head.agreedOn}</small> {value}
        </>
      ) : (
        words.head.noAgreement
      )}
    </p>
  );
}

interface ShownProps {
  readonly token: Token;
  /** Whether it has come in while one looked. */
  readonly isJust: boolean;
}

function Shown({ token, isJust }: ShownProps) {
  const say = words.group.seats;
  if (token.what === 'seat') {
    const { name, state, value, abstained, won } = token;
    const kind = state !== 'in' || won === null ? state : won ? 'won' : '';
    return (
      <li class={`token ${kind}${isJust ? ' just' : ''}`}>
        <b>{name}</b>
        {value === null ? (
          <span>{abstained ? say.abstained : say.state(state)}</span>
        ) : (
          <span class="v">{value}</span>
        )}
      </li>
    );
  }
  if (token.what === 'value') {
    const { texts, weight, of, won } = token;
    return (
      <li class={won ? 'token won' : 'token'}>
        <b>{texts.length === 0 ? say.notShown : words.group.tally.value(texts)}</b>
        <span>{words.group.tally.weight(weight, of)}</span>
      </li>
    );
  }
  return (
    <li class="token missing">
      <b>{token.what === 'free' ? say.free(token.n) : say.more(token.n)}</b>
      <span>{say.state('missing')}</span>
    </li>
  );
}

/** The address for who wants to vote, and the code that phones read it from. */
function VoteAt({ group }: { readonly group: string }) {
  const path = `${groupPath(placeOf(location.pathname), group)}/vote`;
  const isHere = isLoopback(location.hostname);
  return (
    <div class="scan">
      {!isHere && <Qr address={location.origin + path} />}
      <p>
        {isHere ? words.wall.vote : words.wall.scan}
        <br />
        <b>
          <span>{location.host}</span>
          <span>{path}</span>
        </b>
      </p>
      {isHere && (
        <p class="only">
          {words.group.share.onlyHere} <code>quorate server --lan</code>
        </p>
      )}
    </div>
  );
}

function Foot({ state, group, round }: WholeProps) {
  const isOpen = round.state === 'WAITING';
  const rule = useMemo(() => ruleInWords(group.rule)[0]?.join(''), [group]);
  const closed = state.items.value.find((item) => item.type === 'round-closed' && item.round === round.round);
  const before = state.now.closed.value;
  const outcome =
    before?.state === 'SUCCESS'
      ? words.group.before.agreed(valueText(before.value, before.options))
      : words.group.before.failed(words.reason(before?.reason ?? null));
  return (
    <div class="foot">
      {contact.value.state === 'lost' && <Contact />}
      {isOpen && round.deadlineAt !== null && (
        <TimeLeft deadlineAt={round.deadlineAt} openedAt={round.openedAt} />
      )}
      <span>{isOpen ? rule : <Explained round={round} />}</span>
      <span>
        {words.wall.round} <b>{words.count(round.round)}</b>
      </span>
      {before !== null && before.round === round.round - 1 && (
        <span>
          {words.group.before.label(before.round)}: {outcome}
        </span>
      )}
      {closed !== undefined && (
        <span>
          {words.wall.index} <b>{words.count(closed.index)}</b>
        </span>
      )}
    </div>
  );
}

function TimeLeft({ deadlineAt, openedAt }: { readonly deadlineAt: string; readonly openedAt: string }) {
  const deadline = Date.parse(deadlineAt);
  const left = Math.max(0, deadline - serverTime.value);
  const soon = isSoon(left, deadline - Date.parse(openedAt));
  return (
    <span class={soon ? 'soon' : undefined}>
      <b class="time" role="timer">
        {words.clock.duration(left)}
      </b>{' '}
      {words.wall.left}
    </span>
  );
}
