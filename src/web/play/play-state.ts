import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Side } from '../../play/types.ts';
import { hire, type Ran } from './orders.ts';
import type { Picture } from './picture.ts';
import { pictureOf } from './picture-of.ts';
import { type Fault, queryOf, type Scene, sceneIn } from './scene.ts';

/** What the page of the playground shows, as signals. */
export interface PlayState {
  readonly scene: ReadonlySignal<Scene>;
  /** The run that was asked for last and is there, and both sides of it as they are drawn. */
  readonly ran: ReadonlySignal<Ran | null>;
  readonly pictures: ReadonlySignal<Readonly<Record<Side, Picture>> | null>;
  /** Why the address names no run; empty where it does. */
  readonly faults: ReadonlySignal<readonly Fault[]>;
  /** The number of the last step of both sides. */
  readonly last: ReadonlySignal<number>;
  /** The step that is shown. */
  readonly step: ReadonlySignal<number>;
  readonly isPlaying: Signal<boolean>;
  /** Shows another scene. `push`: one comes back to the one before; `replace`: it takes its place. */
  readonly show: (scene: Scene, how: 'push' | 'replace') => void;
  readonly goTo: (step: number) => void;
}

/** How long the address may lag behind the step, ms: browsers stop who changes it many times a second. */
const addressLagMs = 300;

export function playState(): PlayState {
  const first = sceneIn(location.search);
  const scene = signal(first.scene);
  const faults = signal(first.faults);
  const ran = signal<Ran | null>(null);
  const isPlaying = signal(false);
  let asked = 0;
  const worker = hire((answer) => {
    if (answer.kind !== 'ran') return;
    asked -= 1;
    // What was asked for since makes this one old.
    if (asked === 0) ran.value = answer;
  });
  const run = (): void => {
    asked += 1;
    worker.order({ kind: 'run', record: scene.peek().record });
  };
  run();

  let lag: ReturnType<typeof setTimeout> | undefined;
  const write = (how: 'push' | 'replace'): void => {
    clearTimeout(lag);
    const address = location.pathname + queryOf(scene.peek());
    if (how === 'push') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  };
  const show = (next: Scene, how: 'push' | 'replace'): void => {
    const isOther = next.record !== scene.peek().record;
    // The address of the scene that is left holds its last step.
    if (how === 'push') write('replace');
    scene.value = next;
    faults.value = [];
    write(how);
    if (isOther) run();
  };
  addEventListener('popstate', () => {
    const back = sceneIn(location.search);
    scene.value = back.scene;
    faults.value = back.faults;
    isPlaying.value = false;
    run();
  });

  const pictures = computed(() => {
    if (ran.value === null) return null;
    const { record, exercise, quorate } = ran.value;
    const isAtOnce = record.replies === 'at-once';
    return { exercise: pictureOf(exercise, isAtOnce), quorate: pictureOf(quorate, isAtOnce) };
  });
  const last = computed(() => {
    if (pictures.value === null) return 0;
    const { exercise, quorate } = pictures.value;
    return Math.max(exercise.steps.length, quorate.steps.length) - 1;
  });
  const step = computed(() => Math.min(scene.value.step ?? last.value, last.value));
  const goTo = (to: number): void => {
    const at = Math.min(Math.max(to, 0), last.peek());
    scene.value = { ...scene.peek(), step: at === last.peek() ? null : at };
    clearTimeout(lag);
    lag = setTimeout(() => write('replace'), addressLagMs);
  };
  return { scene, ran, pictures, faults, last, step, isPlaying, show, goTo };
}
