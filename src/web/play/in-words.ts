import { statesAt } from '../../play/diagram.ts';
import type { ActorState, Content, Diagram, DiagramEvent, Lifeline, Verdict } from '../../play/types.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import type { End, Picture, Tone } from './picture.ts';

/** What happens in a run, in words. */

export type Happening = Exclude<DiagramEvent, { readonly type: 'message' | 'state' }>;

/** A message in a word or two. */
export function wordOf(content: Content): string {
  const { content: say } = words.play;
  switch (content.kind) {
    case 'post':
      if ('without' in content) return say.without[content.without];
      return say.post(valueText(content.value, null, 12), content.round);
    case 'ask':
      return say.ask(content.round);
    case 'taken':
      return say.taken;
    case 'refused':
      return content.code;
    case 'state': {
      const { state, value, round } = content;
      return [state, ...(value === null ? [] : [valueText(value, null, 8)]), ...inBrackets(round)].join(' ');
    }
  }
}

export function noteOf(
  happening: Happening,
  verdict: Verdict,
  name: (lane: Lifeline) => string,
): readonly [string, Tone] {
  const { notes: say } = words.play;
  if (happening.type !== 'note') return [say[happening.type], happening.type === 'crash' ? 'bad' : 'plain'];
  switch (happening.note) {
    case 'in':
      return [say.in(happening.count, happening.of), 'plain'];
    case 'thrown-away':
      return [say.thrownAway(happening.count), 'bad'];
    case 'reset':
      return [say.reset(happening.count), 'plain'];
    case 'closed': {
      const { state, round, value, values, by } = happening;
      const isItself = verdict.verdict === 'WRONG' && verdict.why === 'itself' && new Set(by).size === 1;
      const texts = values.map((each) => valueText(each, null, 8));
      if (isItself) return [say.itself(name(by[0] as Lifeline), valueText(value, null, 8)), 'bad'];
      if (state === 'SUCCESS') return [say.agreed(valueText(value, null, 8), by.length, round), 'good'];
      return [say.failed(texts, round), 'bad'];
    }
    case 'counted-again':
      return [say.countedAgain(name(happening.agent)), 'bad'];
    case 'counted-once':
      return [say.countedOnce(name(happening.agent)), 'good'];
    case 'forgot':
      return [say.forgot, 'bad'];
    case 'replayed':
      return [say.replayed(happening.entries), 'good'];
  }
}

/** How it ends, in words. */
export function endOf({ verdict, events, lifelines }: Diagram): End {
  const { ends: say } = words.play;
  switch (verdict.verdict) {
    case 'SUCCESS': {
      const text = say.agreed(valueText(verdict.value, null, 20), verdict.round);
      return { tone: 'good', word: 'SUCCESS', text, waiting: null };
    }
    case 'DEADLOCK': {
      const waits = new Set(verdict.waiting);
      const waiting = lifelines.map(({ kind }, lane) =>
        kind === 'server' ? countAtEnd(events) : waits.has(lane) ? say.waits : '',
      );
      return { tone: 'bad', word: 'DEADLOCK', text: say.deadlock, waiting };
    }
    case 'WRONG':
      return {
        tone: 'bad',
        word: 'WRONG',
        text: say.wrong(verdict.why, valueText(verdict.value, null, 20)),
        waiting: null,
      };
    case 'OPEN':
      return { tone: 'plain', word: 'WAITING', text: say.open, waiting: null };
  }
}

/** What the server counts when all is over: `1/3`. */
function countAtEnd(events: readonly DiagramEvent[]): string {
  const last = events.findLast((event) => event.type === 'state' && event.state.kind === 'server');
  if (last?.type !== 'state' || last.state.kind !== 'server') return '';
  return `${last.state.count}/${last.state.of}`;
}

/** What each lane of a picture is doing after one of its steps. */
export function doingAt(diagram: Diagram, { at }: Picture, step: number): string[] {
  return statesAt(diagram, at[Math.min(step, at.length - 1)] ?? 0).map((state) =>
    state === null ? '' : doingOf(state),
  );
}

/** The round of a message, as it stands behind its words. */
const inBrackets = (round: number | null): string[] => (round === null ? [] : [`(${words.count(round)})`]);

function doingOf(state: ActorState): string {
  const { doing: say } = words.play;
  if (state.kind === 'server')
    return [`${words.count(state.count)}/${words.count(state.of)}`, ...inBrackets(state.round)].join(' ');
  switch (state.phase) {
    case 'crashed':
      return say.crashed;
    case 'ended':
      // Who is told SUCCESS alone does not know on what the others have agreed.
      return state.decision === null ? say.done : say.ended(valueText(state.decision, null, 8));
    default:
      // What a group keeps hidden, or an abstention, has no number.
      return state.number === null ? say.waits(null) : say[state.phase](valueText(state.number, null, 8));
  }
}
