import { type Signal, signal } from '@preact/signals';
import { QuorateError } from '../client/errors.ts';
import { Group } from '../client/group.ts';
import type { GroupJson, ItemJson, RoundJson, StreamJson } from '../client/index.ts';
import type { Transport } from '../client/transport.ts';
import type { EventJson } from '../core/view/json-types.ts';
import { follow } from './live.ts';
import { refresher } from './refresher.ts';

/** One group as it is now; the page of a group and that of a vote look at it. */
export interface GroupNow {
  readonly group: Group;
  readonly details: Signal<GroupJson | null>;
  /** The open round, or the last one when none is open. */
  readonly round: Signal<RoundJson | null>;
  /** The last round that closed while the page was open. */
  readonly closed: Signal<RoundJson | null>;
  /** Why the group cannot be shown; null while it can. */
  readonly problem: Signal<QuorateError | null>;
  readonly stop: () => void;
}

export interface Watching {
  /** Reads what else the page shows: as `read` of a Follower, after the group and its round are there. */
  readonly read?: () => Promise<void>;
  /** After the round was brought up to date. */
  readonly event?: (event: EventJson) => void;
  /** One that only its recipients may read comes withheld first, and then whole if this reader may. */
  readonly item?: (item: ItemJson) => void;
}

/** Changes of a group that its rounds do not tell. */
const ofTheGroup = new Set(['group-updated', 'keys-changed', 'round-opened', 'round-closed']);

export function watchGroup(name: string, transport: Transport, watching: Watching = {}): GroupNow {
  const group = new Group(name, transport);
  const details = signal<GroupJson | null>(null);
  const round = signal<RoundJson | null>(null);
  const closed = signal<RoundJson | null>(null);
  const problem = signal<QuorateError | null>(null);

  const show = (next: RoundJson): void => {
    const shown = round.peek();
    if (shown === null || next.round > shown.round || next.revision >= shown.revision) round.value = next;
  };
  const refuse = (error: unknown): void => {
    if (error instanceof QuorateError && [401, 403, 404].includes(error.status)) problem.value = error;
    else throw error;
  };
  const read = async (): Promise<void> => {
    try {
      const [shape, latest] = await Promise.all([group.show(), group.round('latest')]);
      details.value = shape;
      round.value = latest;
      problem.value = null;
      await watching.read?.();
    } catch (error) {
      refuse(error);
    }
  };
  const readDetails = refresher(async () => {
    details.value = await group.show();
  });
  /** Reads a round whose event came without its lists, because it is too large. */
  const whole = async (number: number): Promise<void> => {
    const full = await group.round(number);
    show(full);
    if (full.state !== 'WAITING') closed.value = full;
  };
  const event = (one: EventJson): void => {
    if (one.round !== null) {
      show(one.round);
      if (one.type === 'round-closed') closed.value = one.round;
      if (isShortened(one.round, details.peek())) whole(one.round.round).catch(() => {});
    }
    if (one.type === 'group-deleted' || one.type === 'group-created') read().catch(() => {});
    else if (ofTheGroup.has(one.type)) readDetails();
    watching.event?.(one);
  };
  const item = (one: ItemJson): void => {
    watching.item?.(one);
    if (watching.item === undefined || !('withheld' in one) || transport.token === null) return;
    const path = `/v1/groups/${encodeURIComponent(name)}/stream`;
    const query = { after: one.offset - 1, limit: 1 };
    transport.send<StreamJson>({ method: 'GET', path, query }).then(
      ({ body }) => {
        for (const own of body.items)
          if (own.offset === one.offset && !('withheld' in own)) watching.item?.(own);
      },
      () => {},
    );
  };
  const stop = follow({
    groups: [name],
    transport,
    read,
    event,
    item: (_group, one) => item(one),
    refused: (error) => {
      problem.value = error;
    },
  });
  return { group, details, round, closed, problem, stop };
}

/** Whether the lists of the round were left out, as they are of large ones in events. */
function isShortened(
  { state, missing, tally, eligible, present }: RoundJson,
  shape: GroupJson | null,
): boolean {
  if (shape === null) return false;
  if (state !== 'WAITING') return tally === null && shape.rule.reveal !== 'never';
  return missing.length === 0 && present < eligible && !('size' in shape.rule.electorate);
}
