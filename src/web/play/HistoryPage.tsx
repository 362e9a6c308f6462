import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { RoundJson } from '../../client/index.ts';
import { Notice } from '../parts/Notice.tsx';
import { Page } from '../parts/Page.tsx';
import { asksToken, TokenField } from '../parts/TokenField.tsx';
import { groupPath, placeOf } from '../place.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import { type History, type HistoryState, roundsShown } from './history-state.ts';
import { Player } from './Player.tsx';
import type { End } from './picture.ts';
import { pictureOf } from './picture-of.ts';
import type { Stepper } from './playing.ts';
import { Side } from './Side.tsx';
import { SaveSvg } from './svg-file.tsx';

/** The rounds of a real group in the diagram of the playground. */
export function HistoryPage({ state }: { readonly state: HistoryState }) {
  const say = words.play.group;
  const { now, history, isRead } = state;
  const { name } = now.group;
  const problem = now.problem.value;
  const title = say.title(now.details.value?.title ?? name);
  useEffect(() => {
    document.title = words.frame.title(title);
  }, [title]);
  return (
    <Page here="play">
      <p class="crumb">
        <a href={groupPath(placeOf(location.pathname), name)}>{say.page(name)}</a>
      </p>
      {problem !== null && (
        <Notice kind="bad" title={problem.detail}>
          <p>{problem.fix}</p>
          <details open={asksToken(problem)}>
            <summary>{words.token.use}</summary>
            <TokenField group={name} onGiven={() => location.reload()} />
          </details>
        </Notice>
      )}
      {problem === null && history.value === null && (
        <p role="status">{isRead.value ? say.none : say.reading}</p>
      )}
      {history.value !== null && <Drawn state={state} history={history.value} title={title} />}
    </Page>
  );
}

interface DrawnProps {
  readonly state: HistoryState;
  readonly history: History;
  readonly title: string;
}

function Drawn({ state, history, title }: DrawnProps) {
  const say = words.play.group;
  const { rounds, diagram, left } = history;
  const picture = useMemo(() => ({ ...pictureOf(diagram, false), end: endOf(rounds.at(-1)) }), [history]);
  const stepper = useStepper(picture.steps.length - 1);
  const step = stepper.step.value;
  const [first, newest] = [rounds[0]?.round ?? 1, rounds.at(-1)?.round ?? 1];
  const isLatest = state.to.value === null;
  const show = (to: number | null): void => {
    stepper.toEnd();
    state.show(to);
    const query = new URLSearchParams({ group: state.now.group.name });
    if (to !== null) query.set('round', String(to));
    window.history.replaceState(null, '', `?${query}`);
  };
  const span = say.rounds(first, newest);
  return (
    <>
      <div class="titlebar">
        <div>
          <h1>{title}</h1>
          <p class="small">{span}</p>
        </div>
        <div class="buttons">
          {first > 1 && (
            <button class="button" type="button" onClick={() => show(first - 1)}>
              {say.earlier}
            </button>
          )}
          {!isLatest && (
            <button class="button" type="button" onClick={() => show(later(newest, state))}>
              {say.later}
            </button>
          )}
          <SaveSvg sides={[{ title: span, picture }]} story={title} />
        </div>
      </div>
      <p class="say">
        {say.say} {left > 0 && say.left(left)}
      </p>
      <Player stepper={stepper} what={picture.steps[step] ?? ''} />
      <Side
        id="history"
        title={span}
        run={diagram}
        picture={picture}
        step={step}
        touch={null}
        goTo={stepper.goTo}
      />
    </>
  );
}

/** Steps through a history; at its end one stays there when more happens. */
function useStepper(end: number): Stepper & { readonly toEnd: () => void } {
  const at = useSignal<number | null>(null);
  const isPlaying = useSignal(false);
  const last = useSignal(end);
  last.value = end;
  const step = useComputed(() => Math.min(at.value ?? last.value, last.value));
  const goTo = (to: number): void => {
    const next = Math.min(Math.max(to, 0), last.peek());
    at.value = next === last.peek() ? null : next;
  };
  const toEnd = (): void => {
    at.value = null;
  };
  return { step, last, isPlaying, goTo, toEnd };
}

/** The last of the rounds after `newest`; null where that is the latest. */
function later(newest: number, { now }: HistoryState): number | null {
  const to = newest + roundsShown;
  return to >= (now.round.peek()?.round ?? 0) ? null : to;
}

function endOf(round: RoundJson | undefined): End {
  const { ends: say } = words.play;
  if (round === undefined || round.state === 'WAITING')
    return { tone: 'plain', word: 'WAITING', text: say.isOpen(round?.round ?? 1), waiting: null };
  const { state, value, options } = round;
  const text =
    state === 'SUCCESS' ? say.agreed(valueText(value, options, 20), round.round) : say.none(round.round);
  return { tone: state === 'SUCCESS' ? 'good' : 'bad', word: state, text, waiting: null };
}
