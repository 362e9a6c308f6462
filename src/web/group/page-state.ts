import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { QuorateError } from '../../client/errors.ts';
import type {
  AgentJson,
  EventJson,
  Explanation,
  ItemJson,
  ProposalJson,
  RoundJson,
  StabilityJson,
  StreamJson,
} from '../../client/index.ts';
import type { Transport } from '../../client/transport.ts';
import { type GroupNow, watchGroup } from '../group-now.ts';
import { contact, now as serverTime } from '../live.ts';
import { refresher } from '../refresher.ts';
import { claimsOf } from './claims.ts';
import { heardIn, unsettled } from './messages.ts';
import { lookBack, withItem } from './stream.ts';

/** What belongs to the round that the page shows, beside the round itself. */
interface Details {
  readonly round: number;
  readonly proposals: readonly ProposalJson[];
  readonly explanation: Explanation | null;
}

/** All that the page of a group shows, as signals. */
export interface PageState {
  readonly now: GroupNow;
  /** The round that the page shows; null while none is there. */
  readonly shown: ReadonlySignal<RoundJson | null>;
  readonly details: ReadonlySignal<Details | null>;
  /** Why the round that the reader asked for is not there; null while it is. */
  readonly refusal: ReadonlySignal<QuorateError | null>;
  /** The number of the round that the reader asked for; null: the latest. */
  readonly selected: Signal<number | null>;
  /** The rounds of the strip, oldest first. */
  readonly rounds: ReadonlySignal<readonly RoundJson[]>;
  /** Whether the server still keeps rounds before those. */
  readonly hasEarlier: ReadonlySignal<boolean>;
  readonly agents: ReadonlySignal<readonly AgentJson[]>;
  readonly claims: Pick<ReturnType<typeof claimsOf>, 'known' | 'heard'>;
  /** The last items of the group's stream. */
  readonly items: ReadonlySignal<readonly ItemJson[]>;
  readonly stability: ReadonlySignal<ReadonlyMap<number, StabilityJson>>;
}

/** Rounds in the strip. */
const stripLength = 8;
/** Proposals and agents that are read of a large group. */
const mostRead = 1000;
/** How often it is looked whether something has changed of which there is no event, ms. */
const lookEveryMs = 4000;
/** How often that doubles for acknowledgements while nothing happens. */
const mostQuiet = 3;
/** A lease that seems to end sooner than this may have been renewed, ms. */
const soonMs = 12_000;

export function watchPage(name: string, transport: Transport, round: number | null): PageState {
  const selected = signal(round);
  const past = signal<RoundJson | null>(null);
  const details = signal<Details | null>(null);
  const refusal = signal<QuorateError | null>(null);
  const listed = signal<readonly RoundJson[]>([]);
  const hasEarlier = signal(false);
  const agents = signal<readonly AgentJson[]>([]);
  const items = signal<readonly ItemJson[]>([]);
  const stability = signal<ReadonlyMap<number, StabilityJson>>(new Map());

  const wanted = (): number | 'latest' => selected.peek() ?? 'latest';
  const readShown = async (): Promise<void> => {
    const which = wanted();
    const of = which === 'latest' ? (await group.round('latest')).round : which;
    const proposals: ProposalJson[] = [];
    const [one, explanation] = await Promise.all([
      group.round(of),
      group.explain(of).catch(() => null),
      (async () => {
        for await (const each of group.proposals(of, { limit: mostRead })) proposals.push(each);
      })(),
    ]);
    await claims.read(one);
    // Meanwhile the reader may have stepped on.
    if (wanted() !== which) return;
    past.value = one;
    details.value = { round: of, proposals, explanation };
  };
  /** As `readShown`; a round that is not kept, or not there yet, is no reason to show nothing of the group. */
  const showOrSay = async (): Promise<void> => {
    try {
      await readShown();
      refusal.value = null;
    } catch (error) {
      const isOfRound = error instanceof QuorateError && error.status >= 400 && error.status < 500;
      if (wanted() === 'latest' || !isOfRound) throw error;
      refusal.value = error;
    }
  };
  const readRounds = async (): Promise<void> => {
    const latest = now.round.peek()?.round ?? 1;
    const to = selected.peek();
    const before = to === null || to > latest - stripLength ? undefined : to + stripLength / 2;
    // One more than is shown tells whether there are others.
    const page = await group.rounds({ limit: stripLength + 1, ...(before !== undefined && { before }) });
    batch(() => {
      listed.value = page.slice(0, stripLength).reverse();
      hasEarlier.value = page.length > stripLength;
    });
  };
  const readAgents = async (): Promise<void> => {
    agents.value = await group.agents({ limit: mostRead });
  };
  const readStability = async (): Promise<void> => {
    const heard = heardIn(items.peek());
    // Of those that the page lists no more nothing is kept.
    const listed = new Set(heard.map(({ offset }) => offset));
    const known = new Map([...stability.peek()].filter(([offset]) => listed.has(offset)));
    for (const offset of unsettled(heard, known)) {
      const message = await group.message(offset);
      if (message.stability !== undefined)
        known.set(offset, { stability: message.stability, acknowledgements: message.acknowledgements });
    }
    if (JSON.stringify([...known]) !== JSON.stringify([...stability.peek()])) stability.value = known;
  };
  const readStream = async (): Promise<void> => {
    const path = `/v1/groups/${encodeURIComponent(name)}/stream`;
    const { body } = await transport.send<StreamJson>({ method: 'GET', path, query: { limit: 1 } });
    const after = Math.max(body.oldest - 1, body.end - lookBack);
    const found: ItemJson[] = [];
    for await (const item of group.listen({ after, follow: false })) found.push(item);
    items.value = found;
    await readStability();
  };

  const again = {
    shown: refresher(showOrSay),
    rounds: refresher(readRounds),
    agents: refresher(readAgents),
    stability: refresher(readStability),
  };
  const now = watchGroup(name, transport, {
    read: async () => {
      await Promise.all([showOrSay(), readRounds(), readAgents(), readStream()]);
    },
    event: (event: EventJson) => {
      const { type, round: about } = event;
      if (claims.hear(event)) return;
      if (type.startsWith('agent-') || type.startsWith('invite-')) again.agents();
      if (type.startsWith('round-')) again.rounds();
      const isShown = selected.peek() === null || selected.peek() === about?.round;
      if (about !== null && isShown) again.shown();
    },
    item: (item: ItemJson) => {
      if (item.type === 'view') again.agents();
      items.value = withItem(items.peek(), item);
      if (item.type === 'view' || item.type === 'message') again.stability();
    },
  });
  const { group } = now;
  const claims = claimsOf(group);

  selected.subscribe(() => {
    again.shown();
    again.rounds();
  });
  // What no event tells: that a lease was renewed, which is looked for where one seems to end, and that a message was acknowledged, which
  // is looked for ever more rarely where nothing happens.
  let [turns, quiet] = [0, 0];
  const woken = (): void => {
    quiet = 0;
  };
  stability.subscribe(woken);
  items.subscribe(woken);
  now.round.subscribe(woken);
  setInterval(() => {
    if (document.visibilityState === 'hidden' || contact.peek().state !== 'live') return;
    const ends = agents.peek().map(({ expiresAt }) => Date.parse(expiresAt ?? '') - serverTime.peek());
    if (ends.some((left) => left < soonMs)) again.agents();
    claims.look(serverTime.peek() + soonMs);
    turns += 1;
    if (turns % 2 ** quiet !== 0) return;
    quiet = Math.min(quiet + 1, mostQuiet);
    if (unsettled(heardIn(items.peek()), stability.peek()).length > 0) again.stability();
  }, lookEveryMs);
  const shown = computed(() => {
    const latest = now.round.value;
    const asked = selected.value;
    if (asked === null || asked === latest?.round) return latest;
    return past.value?.round === asked ? past.value : null;
  });
  // The list is read when a round opens or closes; who comes in meanwhile is known from the open round.
  const rounds = computed(() => {
    const latest = now.round.value;
    return listed.value.map((one) =>
      latest?.round === one.round && latest.revision > one.revision ? latest : one,
    );
  });
  return {
    now,
    shown,
    details,
    refusal,
    selected,
    rounds,
    hasEarlier,
    agents,
    claims,
    items,
    stability,
  };
}
