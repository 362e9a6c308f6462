import { pick, randomFrom } from '../harness/random.ts';

/** The steps of a gate that has the decision in its hands, in order. A fault comes at one of them. */
export const steps = [
  'claim-asked',
  'claim-answered',
  'command-started',
  'first-write-asked',
  'first-written',
  'renew-asked',
  'renew-answered',
  'last-write-asked',
  'last-written',
  'command-ending',
  'done-asked',
  'done-answered',
] as const;
export type Step = (typeof steps)[number];

/** What happens to the gate: SIGKILL, or SIGSTOP and later SIGCONT; to it and its command (the machine), or to it alone. */
export const kinds = ['kill', 'kill-gate', 'freeze', 'freeze-gate'] as const;
type Kind = (typeof kinds)[number];

/** What happens below at the same moment: a server, or a member of etcd, is killed and started again. */
const places = ['file', 'file+server', 'etcd+server', 'etcd+member'] as const;
type Place = (typeof places)[number];

/** What a sleeper, or a message under way, meets: another has claimed, has begun to write, or has said that it is done. */
const moments = ['claimed', 'begun', 'done'] as const;

export interface Fault {
  readonly step: Step;
  readonly kind: Kind;
  readonly until: (typeof moments)[number];
}

/** One run: three gates on one decision. */
export interface Plan {
  readonly number: number;
  readonly place: Place;
  /** The second hits the gate that takes over. */
  readonly faults: readonly Fault[];
  /** Whether a command that was asleep with its gate gets no answer any more, so that its gate has to stop it. */
  readonly leftHanging: boolean;
  /** Whether the gates are there before the decision. */
  readonly early: boolean;
  readonly random: () => number;
}

interface Choice {
  readonly log?: string | undefined;
  readonly step?: string | undefined;
  readonly kind?: string | undefined;
}

/** As many plans as asked for: every step with every kind at every place that fits, in an order that the seed gives, then again. */
export function plansOf(runs: number, seed: number, { log, step, kind }: Choice): Plan[] {
  const all = places
    .filter((place) => log === undefined || place.startsWith(log))
    .flatMap((place) => steps.flatMap((at) => kinds.map((how) => ({ place, step: at, kind: how }))))
    .filter((one) => (step ?? one.step) === one.step && (kind ?? one.kind) === one.kind);
  if (all.length === 0) return [];
  const random = randomFrom(seed);
  const order = all.map((one) => ({ one, by: random() })).sort((a, b) => a.by - b.by);
  return Array.from({ length: runs }, (_, number) => {
    const own = randomFrom(seed * 65_537 + number);
    const { place, ...first } = (order[number % order.length] as (typeof order)[number]).one;
    const second = { step: pick(own, steps), kind: pick(own, ['kill', 'kill-gate'] as const) };
    const faults = own() < 0.3 ? [first, second] : [first];
    return {
      number,
      place,
      faults: faults.map((fault) => ({ ...fault, until: pick(own, moments) })),
      leftHanging: own() < 0.3,
      early: own() < 0.3,
      random: own,
    };
  });
}
