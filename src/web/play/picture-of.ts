import type { Diagram, DiagramEvent, Lifeline } from '../../play/types.ts';
import { words } from '../words/index.ts';
import { endOf, noteOf, wordOf } from './in-words.ts';
import type { Arrow, Note, Picture, Row } from './picture.ts';

type Message = Extract<DiagramEvent, { readonly type: 'message' }>;

/** Heights of rows: a line needs room to fall, a word room above it. */
const heights = { word: 22, fall: 20, join: 8, note: 30 } as const;

/** A run, or the history of a group, as it is drawn. `isAtOnce`: a request and its reply are one turn, and drawn as one. */
export function pictureOf(diagram: Diagram, isAtOnce: boolean): Picture {
  const { lifelines, events, verdict } = diagram;
  const say = words.play;
  const lanes = lifelines.map(({ id, kind }) => (kind === 'server' ? say.server : id));
  const name = (lane: Lifeline): string => lanes[lane] ?? '';
  const { messages, isShort, isPrompt, begins } = shownOf(diagram, isAtOnce);

  const rows: Row[] = [];
  const told: string[][] = [];
  const at: number[] = [];
  const notes: Note[] = [];
  const sentRows = new Map<Message, number>();
  const arrivedRows = new Map<Message, number>();
  const row = (height: number): number => rows.push({ step: told.length - 1, height }) - 1;
  const tell = (text: string): void => void told.at(-1)?.push(text);

  const arriving = groupBy(messages, (message) =>
    message.arrived === message.at && !isShort(message) ? null : message.arrived,
  );
  const sending = groupBy(messages, ({ at: sent }) => sent);
  const happening = groupBy(
    events.filter((event) => event.type !== 'message' && event.type !== 'state'),
    (event) => event.at,
  );
  for (let step = 0; step <= diagram.steps; step++) {
    const arrivals = arriving.get(step) ?? [];
    const happenings = happening.get(step) ?? [];
    const sendings = (sending.get(step) ?? []).filter((message) => !isShort(message));
    if (told.length === 0 || begins.has(step) || happenings.length > 0) told.push([]);
    at[told.length - 1] = step;
    for (const message of arrivals) {
      const texts = [name(message.from), name(message.to), wordOf(message.content)] as const;
      if (isShort(message)) sentRows.set(message, row(heights.word));
      arrivedRows.set(message, row(heights.fall));
      if (isShort(message) || isPrompt(message)) tell(say.happens.through(...texts));
      else tell(say.happens.arrives(...texts, message.stale));
    }
    for (const event of happenings) {
      const [text, tone] = noteOf(event, verdict, name);
      notes.push({ lane: event.who, row: row(heights.note), text, tone });
      tell(`${name(event.who)}: ${text}`);
    }
    for (const message of sendings) {
      const texts = [name(message.from), name(message.to), wordOf(message.content)] as const;
      sentRows.set(message, row(message.from === lanes.length - 1 ? heights.join : heights.word));
      if (isLost(message)) {
        row(heights.fall);
        tell(say.happens.lost(...texts));
      } else if (message.arrived === step) {
        arrivedRows.set(message, row(heights.fall));
        tell(say.happens.through(...texts));
      } else if (!isPrompt(message)) tell(say.happens.sends(texts[0], texts[2], message.copy));
    }
  }
  const isRight = verdict.verdict !== 'WRONG';
  const arrows = messages.map((message): Arrow => {
    const { name: id, at: sent, from, to, copy, content, stale } = message;
    const isAgreed = content.kind === 'state' && content.state === 'SUCCESS' && isRight;
    return {
      key: `${id} ${sent} ${copy}`,
      name: id,
      from,
      to,
      text: say.label(wordOf(content), copy, stale),
      sent: sentRows.get(message) ?? 0,
      arrived: arrivedRows.get(message) ?? null,
      isLost: isLost(message),
      tone: isAgreed ? 'good' : 'plain',
    };
  });
  return {
    lanes,
    rows,
    at,
    steps: told.map((parts) => say.sentence(parts)),
    arrows,
    notes,
    end: endOf(diagram),
  };
}

const isLost = ({ arrived, fate }: Message): boolean => arrived === null && fate === 'drop';

interface Shown {
  /** Those that are drawn. */
  readonly messages: readonly Message[];
  /** Whether it is drawn as short as its step: what was before it arrived says nothing. */
  readonly isShort: (message: Message) => boolean;
  /** Whether it is a reply that is there in the step after it was sent. */
  readonly isPrompt: (message: Message) => boolean;
  /** Steps that are not one with the step before. */
  readonly begins: ReadonlySet<number>;
}

/**
 * What is drawn of the messages. Where replies come at once a request and its reply are one turn: then nothing is shown of a
 * question beside its answer, nor of a receipt beside its post.
 */
function shownOf({ lifelines, events }: Diagram, isAtOnce: boolean): Shown {
  const server = lifelines.length - 1;
  const all = events.filter((event) => event.type === 'message');
  const isReply = ({ from }: Message): boolean => from === server;
  const isPrompt = (message: Message): boolean => isReply(message) && message.arrived === message.at + 1;
  const wentWell = ({ fate, stale }: Message): boolean => fate === 'arrive' && !stale;
  const arrivals = (messages: readonly Message[]): ReadonlySet<number> =>
    new Set(messages.map(({ arrived }) => arrived).filter((step) => step !== null));
  const isShort = (message: Message): boolean =>
    !isReply(message) && message.arrived !== null && (isAtOnce || message.arrived === message.at);
  if (!isAtOnce) return { messages: all, isShort, isPrompt: () => false, begins: arrivals(all) };
  const replies = new Map(all.filter(isReply).map((reply) => [reply.name, reply]));
  const isQuiet = (message: Message): boolean => {
    if (!wentWell(message)) return false;
    if (isReply(message)) return message.content.kind === 'taken' && isPrompt(message);
    if (message.content.kind !== 'ask') return false;
    const reply = replies.get(`${message.name}r`);
    return message.arrived === null || (reply !== undefined && reply.fate !== 'drop');
  };
  return {
    messages: all.filter((message) => !isQuiet(message)),
    isShort,
    isPrompt,
    begins: arrivals(all.filter((message) => !isPrompt(message))),
  };
}

function groupBy<T>(items: readonly T[], key: (item: T) => number | null): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const at = key(item);
    if (at === null) continue;
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [item]);
    else group.push(item);
  }
  return groups;
}
