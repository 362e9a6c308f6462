import type {
  AcknowledgementsJson,
  ItemJson,
  Json,
  MessageJson,
  StabilityJson,
  WithheldJson,
} from '../../client/index.ts';

/** The messages of a group as its page lists them, the latest last. */

export interface Said {
  readonly offset: number;
  readonly index: number;
  /** Null: for others, so that nothing but its place is shown. */
  readonly message: {
    readonly from: string;
    readonly text: string;
    /** Null: for everybody. */
    readonly to: readonly string[] | null;
    readonly replyTo: number | null;
    readonly stability: StabilityJson['stability'];
    readonly acknowledgements: AcknowledgementsJson | null;
  } | null;
}

/** How many messages the page lists. */
export const mostSaid = 20;

export type Heard = MessageJson | WithheldJson;

/** The latest messages among the items of the stream. */
export function heardIn(items: readonly ItemJson[]): Heard[] {
  return items.filter((item) => item.type === 'message' || item.type === undefined).slice(-mostSaid);
}

export function saidOf(heard: readonly Heard[], stability: ReadonlyMap<number, StabilityJson>): Said[] {
  return heard.map((item) => {
    const { offset, index } = item;
    if (item.type === undefined) return { offset, index, message: null };
    const known = stability.get(offset);
    return {
      offset,
      index,
      message: {
        from: item.name ?? item.from,
        text: textOf(item.body),
        to: item.to,
        replyTo: item.replyTo,
        stability: known?.stability ?? null,
        acknowledgements: known?.acknowledgements ?? null,
      },
    };
  });
}

const mostText = 500;

/** A body as a line of text: a text as it is, all else as JSON. */
function textOf(body: Json): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length > mostText ? `${text.slice(0, mostText)}…` : text;
}

/** Offsets of the messages of which it is not known, or not final, how far they are acknowledged. */
export function unsettled(heard: readonly Heard[], stability: ReadonlyMap<number, StabilityJson>): number[] {
  return heard
    .filter((item) => item.type === 'message' && item.ackBy !== null)
    .map(({ offset }) => offset)
    .filter((offset) => (stability.get(offset)?.stability ?? 'pending') === 'pending');
}
