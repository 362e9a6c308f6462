import { useComputed } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { GroupJson, RoundJson } from '../../client/index.ts';
import { identityIn } from '../identity.ts';
import { Page } from '../parts/Page.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Rounds } from '../parts/Rounds.tsx';
import { Seats } from '../parts/Seats.tsx';
import { asksToken, TokenField } from '../parts/TokenField.tsx';
import { groupPath, placeOf } from '../place.ts';
import { valueText } from '../value.ts';
import { guestQuery, pressAsGuest, readLink } from '../vote/link.ts';
import { words } from '../words/index.ts';
import { Absent, Before } from './Absent.tsx';
import { Audit } from './Audit.tsx';
import { doer, mayOf } from './by-hand.ts';
import { ClaimPart } from './ClaimPart.tsx';
import { claimLines } from './claims.ts';
import { useClosing, useComing } from './just.ts';
import { Messages } from './Messages.tsx';
import { heardIn, saidOf } from './messages.ts';
import { Outcome } from './Outcome.tsx';
import { Press } from './Press.tsx';
import type { PageState } from './page-state.ts';
import { KeptAs, RulePart, Share, Told, YouMay } from './Rail.tsx';
import { RoundHead } from './RoundHead.tsx';
import { seatsOf } from './seats.ts';
import { useStepping } from './stepping.ts';
import { Timeline } from './Timeline.tsx';

/** The page of one group: its round, who is in, what came of it, what was said. */
export function GroupPage({ state }: { readonly state: PageState }) {
  const { now, shown } = state;
  const group = now.details.value;
  const round = shown.value;
  const problem = now.problem.value;
  const refusal = state.refusal.value;
  const isClosing = useClosing(now.closed, round);
  return (
    <Page {...(isClosing && { class: 'just-closed' })}>
      {problem !== null && (
        <Problem problem={problem}>
          <details open={asksToken(problem)}>
            <summary>{words.token.use}</summary>
            <TokenField group={now.group.name} onGiven={() => location.reload()} />
          </details>
        </Problem>
      )}
      {problem === null && round === null && refusal !== null && (
        <Problem problem={refusal}>
          <p>
            <a href={location.pathname}>{words.group.rounds.latest}</a>
          </p>
        </Problem>
      )}
      {group !== null && round !== null && <Whole state={state} group={group} round={round} />}
    </Page>
  );
}

interface WholeProps {
  readonly state: PageState;
  readonly group: GroupJson;
  readonly round: RoundJson;
}

function Whole({ state, group, round }: WholeProps) {
  const place = placeOf(location.pathname);
  const vote = `${groupPath(place, group.group)}/vote`;
  const isGuest = useMemo(() => readLink(new URL(location.href)).isGuest, []);
  const hand = useMemo(() => doer(state.now.group), [state]);
  const you = identityIn(group.group)?.agent ?? null;
  const name = group.title ?? group.group;
  const isOpen = round.state === 'WAITING';
  const may = mayOf(group, round, you);
  const details = state.details.value;
  const { proposals, explanation } = details?.round === round.round ? details : nothing;
  // Until the explanation is there, the group's stands in for it.
  const rule = explanation?.rule ?? group.rule;
  const isChanged = useMemo(() => JSON.stringify(rule) !== JSON.stringify(group.rule), [rule, group]);
  const agents = state.agents.value;
  const claim = state.claims.known.value.get(round.round);
  const said = useComputed(() => saidOf(heardIn(state.items.value), state.stability.value));
  const seating = useMemo(
    () => seatsOf({ round, electorate: rule.electorate, proposals, agents }),
    [round, rule, proposals, agents],
  );
  const hasSeats = seating.seats.length + seating.free + seating.watching.length > 0;
  const just = useComing(round, seating);
  const stepping = useStepping(state);
  const value = valueText(round.value, round.options);
  const title = isOpen
    ? words.group.titleOpen(name, round.present, round.eligible)
    : words.group.titleClosed(name, round.state === 'SUCCESS' ? value : null);
  useEffect(() => {
    document.title = words.frame.title(title);
  }, [title]);
  const open = may.open;
  return (
    <>
      <div class="titlebar">
        <div>
          <p class="crumb">
            <a href={place.base}>{words.group.crumb}</a> / <span class="mono">{group.group}</span>
          </p>
          <h1>{name}</h1>
        </div>
        <div class="buttons">
          {isOpen && (
            <a
              class="button first"
              href={isGuest ? vote + guestQuery() : vote}
              onClick={isGuest ? () => pressAsGuest(group.group) : undefined}
            >
              {words.group.vote}
            </a>
          )}
          {open !== null && (
            <button
              class="button first"
              type="button"
              aria-disabled={hand.doing.value.isBusy}
              onClick={() => void hand.run((group) => group.open({ round: open }))}
            >
              {words.group.may.open(open)}
            </button>
          )}
          <a class="button plain" href="?view=wall">
            {words.group.wall}
          </a>
          <a class="button plain" href={`${place.base}play?group=${encodeURIComponent(group.group)}`}>
            {words.group.diagram}
          </a>
        </div>
      </div>
      {isGuest && <Press round={round} vote={vote} />}
      <RoundHead round={round} rule={rule} />
      {isOpen && <Timeline round={round} rule={rule} proposals={proposals} />}
      <Before state={state} round={round} stepping={stepping} />
      <div class="columns">
        <div class="stack">
          {isOpen && hasSeats && (
            <Seats
              seating={seating}
              you={you}
              blind={rule.reveal !== 'never'}
              isGathering={round.eligible === 0}
              just={just}
              options={round.options}
            />
          )}
          <ClaimPart claim={claim} mayGiveBack={may.manage} hand={hand} />
          <Outcome
            round={round}
            rule={rule}
            proposals={proposals}
            explanation={explanation}
            agents={agents}
          />
          {!isOpen && <Absent round={round} rule={rule} />}
          <Rounds
            rounds={state.rounds.value}
            current={round.round}
            hasEarlier={state.hasEarlier.value}
            href={stepping.href}
            onSelect={stepping.select}
          />
          <Messages said={said.value} />
          {!isOpen && (
            <Audit
              round={round}
              proposals={proposals}
              items={state.items.value}
              claimed={claimLines(claim, state.claims.heard.value)}
            />
          )}
        </div>
        <div class="rail">
          <YouMay may={may} round={round} rule={rule} state={state} hand={hand} />
          {!isOpen && <KeptAs group={group.group} round={round} hand={hand} items={state.items.value} />}
          <RulePart round={round} rule={rule} isChanged={isChanged} />
          {may.manage && <Told group={state.now.group} />}
          <Share group={group.group} admission={group.admission} round={round} hand={hand} />
        </div>
      </div>
    </>
  );
}

const nothing = { proposals: [], explanation: null };
