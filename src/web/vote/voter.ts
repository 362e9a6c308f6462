import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { QuorateError } from '../../client/errors.ts';
import { Group } from '../../client/group.ts';
import type { GroupJson, RoundJson } from '../../client/index.ts';
import { type GroupNow, watchGroup } from '../group-now.ts';
import type { Identity } from '../identity.ts';
import { contact } from '../live.ts';
import { reach } from '../server.ts';
import { onStored, store } from '../store.ts';
import { type Ballot, type Choice, nextSeq, unsent, type Vote } from './ballot.ts';
import { Courier, type Wire } from './courier.ts';
import { ballotPlace, lateBallot, type Owner } from './keeping.ts';
import type { VoteLink } from './link.ts';
import { ownBallot } from './own.ts';
import { holdSeat, type SeatHolder } from './seat.ts';

/** One person at the page of one group's vote: who they are, the round the page is about, and their vote in it. */
export interface Voter {
  readonly name: string;
  readonly seat: SeatHolder;
  readonly now: ReadonlySignal<GroupNow>;
  /** The group, with the rule of the round that the page is about, as it was seen last: under a new name it is read again, and stays. */
  readonly details: ReadonlySignal<GroupJson | null>;
  /** Its open or last round. */
  readonly latest: ReadonlySignal<RoundJson | null>;
  /** The round that the page is about: it stays until its reader goes on. */
  readonly round: Signal<RoundJson | null>;
  readonly vote: Signal<Vote>;
  /** Whether the log survives nothing. */
  readonly isInMemory: Signal<boolean>;
  /** What went wrong when the next round was asked for. */
  readonly openProblem: Signal<QuorateError | null>;
  readonly send: (choice: Choice) => void;
  readonly change: () => void;
  readonly keep: () => void;
  readonly tryNow: () => void;
  /** To the open round. */
  readonly goOn: () => void;
  readonly openNext: () => Promise<void>;
}

export function voterOf(name: string, link: VoteLink): Voter {
  const seat = holdSeat(name, link);
  const now = signal(watchGroup(name, reach({ token: seat.me.peek()?.token ?? null })));
  const round = signal<RoundJson | null>(null);
  const about = signal<number | null>(null);
  const vote = signal<Vote>(unsent);
  const isInMemory = signal(false);
  const openProblem = signal<QuorateError | null>(null);
  let courier: Courier | null = null;

  // Another name sees another group.
  let heldToken = seat.me.peek()?.token;
  effect(() => {
    const token = seat.me.value?.token;
    if (token === heldToken) return;
    heldToken = token;
    now.peek().stop();
    now.value = watchGroup(name, reach({ token: token ?? null }));
  });

  const details = signal<GroupJson | null>(null);
  const latest = signal<RoundJson | null>(null);
  effect(() => {
    const { details: read, round: open } = now.value;
    if (read.value !== null) details.value = read.value;
    if (open.value !== null) latest.value = open.value;
  });

  const owner = computed<Owner | null>(() => {
    const createdAt = details.value?.createdAt;
    const agent = seat.me.value?.agent;
    return createdAt === undefined || agent === undefined ? null : { group: name, createdAt, agent };
  });
  const createdAt = computed(() => details.value?.createdAt);
  effect(() => {
    if (createdAt.value === undefined) return;
    // A name that was taken long ago, or in a group that was made again since.
    const admission = details.peek()?.admission;
    if (admission !== 'invite') void seat.renew(admission === 'key');
    about.value = null;
  });

  const ownerText = computed(() => JSON.stringify(owner.value));
  const newest = computed(() => latest.value?.round ?? null);
  effect(() => {
    if (newest.value === null) return;
    if (about.value !== null && about.value <= newest.value) return;
    const late = owner.value === null ? null : lateBallot(store, owner.value, newest.value);
    about.value = late?.round ?? newest.value;
  });
  effect(() => {
    const [number, shown, closed] = [about.value, latest.value, now.value.closed.value];
    if (number === null) return;
    if (shown?.round === number) round.value = shown;
    else if (closed?.round === number) round.value = closed;
    else if (shown !== null && !isOver(round.peek(), number)) void readRound(number);
  });
  // A round keeps its rule; what the group has by now may promise something else. [Q3.14]
  const ruleOf = signal<{ readonly round: number; readonly rule: GroupJson['rule'] } | null>(null);
  effect(() => {
    const number = about.value;
    if (number === null) return;
    now
      .peek()
      .group.explain(number)
      .then(({ rule }) => {
        if (about.peek() === number) ruleOf.value = { round: number, rule };
      })
      .catch(() => {});
  });
  const ofRound = computed<GroupJson | null>(() => {
    const [group, own] = [details.value, ruleOf.value];
    return group === null || own?.round !== about.value ? group : { ...group, rule: own.rule };
  });
  let reading: number | null = null;
  async function readRound(number: number): Promise<void> {
    // A group may close a hundred rounds while one of them is read.
    if (reading === number) return;
    reading = number;
    try {
      const found = await now.peek().group.round(number);
      if (about.peek() === number) round.value = found;
    } catch (error) {
      // It is kept no more: the page goes on with what there is.
      if (error instanceof QuorateError && error.status === 404) goOn();
    } finally {
      reading = null;
    }
  }

  effect(() => {
    const number = about.value;
    const who = JSON.parse(ownerText.value) as Owner | null;
    courier?.stop();
    courier = null;
    if (number === null || who === null) {
      vote.value = unsent;
      return;
    }
    const { me } = seat;
    const wire = wireOf(name, me.peek() as Identity);
    const made = new Courier(number, who, {
      wire,
      store,
      onVote: (next) => {
        vote.value = next;
      },
    });
    courier = made;
    vote.value = made.vote;
    void lookUp(made, wire);
  });
  /** Compares what is kept here with what the server has: it may have been restored, or the vote was made elsewhere. */
  async function lookUp(made: Courier, wire: Wire): Promise<void> {
    const shown = latest.peek();
    if (shown?.round !== made.round || shown.state !== 'WAITING') return;
    const isMissing = shown.missing.includes(seat.me.peek()?.agent ?? '');
    if (made.vote.state === 'durable' && isMissing) made.dispatch({ type: 'forgotten' });
    else if (made.vote.state === 'unsent' && !isMissing && shown.present > 0) {
      const kept = await wire.own(made.round).catch(() => null);
      if (kept !== null) made.dispatch({ type: 'found', kept });
    }
  }

  const wake = (): void => {
    if (document.visibilityState === 'hidden') return;
    courier?.wake();
    const admission = details.peek()?.admission ?? 'invite';
    if (admission !== 'invite') void seat.renewOld(admission === 'key');
  };
  document.addEventListener('visibilitychange', wake);
  addEventListener('pageshow', wake);
  addEventListener('online', wake);
  effect(() => {
    if (contact.value.state === 'live') wake();
  });
  const ownPlace = (): string | null => {
    const who = owner.peek();
    return who === null ? null : ballotPlace(who);
  };
  onStored(ownPlace, () => courier?.readAgain());
  reach()
    .send<{ readonly log: { readonly durability: string } }>({ method: 'GET', path: '/v1/info' })
    .then(({ body }) => {
      isInMemory.value = body.log.durability === 'none';
    })
    .catch(() => {});

  function goOn(): void {
    batch(() => {
      openProblem.value = null;
      about.value = newest.peek();
    });
  }

  return {
    name,
    seat,
    now,
    details: ofRound,
    latest,
    round,
    vote,
    isInMemory,
    openProblem,
    send: (choice) => {
      const number = about.peek();
      if (number === null) return;
      const mayChange = ofRound.peek()?.rule.revote === true;
      const seq = mayChange ? nextSeq(vote.peek()) : null;
      const ballot: Ballot = { ...choice, round: number, seq, key: freshKey() };
      courier?.dispatch({ type: 'send', ballot });
    },
    change: () => courier?.dispatch({ type: 'change' }),
    keep: () => courier?.dispatch({ type: 'keep' }),
    tryNow: () => courier?.wake(),
    goOn,
    openNext: async () => {
      const { group, round: open } = now.peek();
      openProblem.value = null;
      try {
        const opened = await group.open({ round: (newest.peek() ?? 0) + 1, deadline: '10s' });
        batch(() => {
          // Where the reply is here before the event, the page must know of the round before it goes on to it.
          if (opened.round > (newest.peek() ?? 0)) {
            open.value = opened;
            latest.value = opened;
          }
          about.value = opened.round;
        });
      } catch (error) {
        if (error instanceof QuorateError) openProblem.value = error;
        else throw error;
      }
    },
  };
}

/** Whether this is the round of that number, as it stays. */
const isOver = (round: RoundJson | null, number: number): boolean =>
  round !== null && round.round === number && round.state !== 'WAITING';

function wireOf(name: string, { agent, token }: Identity): Wire {
  return {
    propose: async (ballot, signal) => {
      const once = new AbortController();
      // One attempt at a time, so that the page can say when the next one comes.
      const transport = reach({ token, retryFor: 10_000, onRetry: ({ error }) => once.abort(error) });
      const { round, seq, note, key } = ballot;
      const said = ballot.value === undefined ? ({ abstain: true } as const) : { value: ballot.value };
      return new Group(name, transport).propose({
        ...said,
        ...{ agent, round, idempotencyKey: key, signal: AbortSignal.any([signal, once.signal]) },
        ...(seq !== null && { seq }),
        ...(note !== '' && { note }),
      });
    },
    own: (round) => ownBallot(new Group(name, reach({ token })), agent, round),
  };
}

/** Names one request: 128 random bits, in hex. */
function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
