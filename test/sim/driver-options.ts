import type { Faults } from './plan.ts';
import type { Store } from './store.ts';
import type { World } from './world.ts';

/** Ways for a driver to be wrong, for the gate of seeded bugs. */
export interface DriverBugs {
  readonly skipsGaps?: boolean;
  readonly appliesDuplicates?: boolean;
  readonly resumesAtHead?: boolean;
  readonly appendsBlindly?: boolean;
  readonly joinsReadUnderWay?: boolean;
  readonly trimsBeyondCheckpoint?: boolean;
  readonly checkpointOffByOne?: boolean;
  readonly takesAnyHistory?: boolean;
}

export interface DriverOptions {
  readonly world: World;
  readonly store: Store;
  readonly faults: Faults;
  readonly server: number;
  readonly writer: string;
  readonly seed: number;
  readonly exclusive: boolean;
  /** See ServerPlan. */
  readonly stragglers: number;
  readonly checkpointPace: number;
  readonly bugs: DriverBugs;
  readonly count: (what: string) => void;
}
