import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { withFate } from '../../play/edit.ts';
import type { Fate, RunRecord, Side as SideName } from '../../play/types.ts';
import { Page } from '../parts/Page.tsx';
import { words } from '../words/index.ts';
import { BadLink } from './BadLink.tsx';
import { Chapters } from './Chapters.tsx';
import { CopyLink } from './CopyLink.tsx';
import { Counts } from './Counts.tsx';
import { counting } from './counting.ts';
import { FreePlay } from './FreePlay.tsx';
import { Player } from './Player.tsx';
import type { PlayState } from './play-state.ts';
import { Shrink, Went } from './Shrink.tsx';
import { Side } from './Side.tsx';
import { queryOf } from './scene.ts';
import { shrinking } from './shrinking.ts';
import { SaveSvg } from './svg-file.tsx';
import type { Touch } from './touching.ts';

const sides = ['exercise', 'quorate'] as const;

/** The playground: the exercise and Quorate under the same seed and the same faults. */
export function PlayPage({ state }: { readonly state: PlayState }) {
  const say = words.play;
  const scene = state.scene.value;
  const { chapter, record } = scene;
  const ran = state.ran.value;
  const count = useMemo(counting, []);
  const shrink = useMemo(shrinking, []);
  const chosen = useSignal<{ readonly side: SideName; readonly key: string } | null>(null);
  const title = say.chapters[chapter].title;
  useEffect(() => {
    document.title = words.frame.title(title);
  }, [title]);
  useEffect(count.clear, [kindOf(record)]);

  const another = (next: RunRecord): void => {
    chosen.value = null;
    state.show({ chapter, record: next, step: scene.step }, 'push');
  };
  const touchOf = (side: SideName): Touch => ({
    chosen: chosen.value?.side === side ? chosen.value.key : null,
    choose: (key) => {
      chosen.value = key === null ? null : { side, key };
    },
    fateOf: (name) => record.fates.get(name) ?? null,
    change: (name: string, fate: Fate | null) => another(withFate(record, name, fate)),
  });
  const pictures = state.pictures.value;
  const step = state.step.value;
  const what = (side: SideName): string => {
    const steps = pictures?.[side].steps ?? [];
    return steps[Math.min(step, steps.length - 1)] ?? '';
  };
  const faults = state.faults.value;
  return (
    <Page here="play" hasContact={false}>
      <div class="titlebar">
        <h1>{title}</h1>
        <div class="buttons">
          <CopyLink query={queryOf(scene)} />
          {pictures !== null && (
            <SaveSvg
              sides={sides.map((side) => ({ title: say.sides[side], picture: pictures[side] }))}
              story={title}
            />
          )}
        </div>
      </div>
      {faults.length > 0 && <BadLink faults={faults} />}
      <Chapters chapter={chapter} onSelect={(next) => state.show(next, 'push')} />
      {chapter === 'free' && (
        <FreePlay
          record={record}
          onChange={(next, how) => state.show({ chapter, record: next, step: null }, how)}
        />
      )}
      <Player stepper={state} what={say.player.bothSides(what('exercise'), what('quorate'))}>
        <span class="small">
          {say.player.seed(record.seed)}{' '}
          <button
            class="button plain"
            type="button"
            onClick={() => another(withSeed(record, record.seed + 1))}
          >
            {say.player.another}
          </button>
        </span>
      </Player>
      {ran !== null && pictures !== null && (
        <div class="versus">
          {sides.map((side) => (
            <Side
              key={side}
              id={side}
              title={say.sides[side]}
              run={ran[side]}
              picture={pictures[side]}
              step={step}
              touch={touchOf(side)}
              goTo={state.goTo}
            />
          ))}
        </div>
      )}
      {record.clients === 'named' && <p class="small">{say.diagram.brackets}</p>}
      <Counts
        counting={count}
        chapter={chapter}
        record={record}
        onSeed={(seed) => another(withSeed(record, seed))}
        buttons={ran !== null && <Shrink shrinking={shrink} ran={ran} onFound={another} />}
      >
        {ran !== null && <Went shrinking={shrink} ran={ran} />}
      </Counts>
    </Page>
  );
}

/** The same agents and chances under another seed; what was laid down turn by turn is the seed's again. */
const withSeed = (record: RunRecord, seed: number): RunRecord => ({
  ...record,
  seed,
  turns: null,
  draws: null,
});

/** Names all of a record that is the same for every seed that is counted. */
const kindOf = ({ seed, turns, draws, fates, ...kind }: RunRecord): string =>
  JSON.stringify([kind, [...fates]]);
