import type { Figure } from './figure.ts';
import type { ServerProcess } from './servers/server-process.ts';

/** Something that is measured slice by slice, in turn with others. */
export interface Contestant {
  /** Makes what the next slice needs and what is not measured. */
  prepare?(): Promise<void>;
  slice(seconds: number): Promise<Figure>;
  /** Ends its processes and removes its files. */
  stop(): Promise<void>;
  /** The process of Node that serves, where that can be profiled. */
  readonly server?: ServerProcess;
}

/** How a contestant is started, and the program it needs beside Node. */
export interface Competitor {
  start(): Promise<Contestant>;
  /** Null where the program is missing, which it says aloud. */
  readonly needs?: () => unknown;
  /** One slice is enough: its figure does not vary. */
  readonly once?: boolean;
}
