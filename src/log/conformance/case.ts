import type { Log } from '../log.ts';
import { within } from './checks.ts';

/** How the suite opens the logs of an engine. Each log is empty, unless it is opened again. */
export interface LogUnderTest {
  readonly name: string;
  /** A new, empty log. */
  open(): Promise<Log>;
  /** The log that `open` made, once it was closed, again; null when the engine keeps nothing. */
  readonly reopen: ((closed: Log) => Promise<Log>) | null;
  /** The same log as another server sees it, while `log` is open; null when a log has one server only. */
  readonly join: ((log: Log) => Promise<Log>) | null;
}

export interface Case {
  /** A clause of the contract in `log.ts`; a clause of PROTOCOL.md that it checks too is in the name. */
  readonly clause: string;
  readonly name: string;
  readonly needs: 'reopen' | 'join' | null;
  readonly run: (log: Log, logs: Logs) => Promise<void>;
}

/** A case about a new log; `logs` opens others, or the same again. */
export function caseOf(clause: string, name: string, run: Case['run'], needs: Case['needs'] = null): Case {
  return { clause, name, run, needs };
}

/** The logs of one case, which are closed when it ends. */
export class Logs {
  readonly #engine: LogUnderTest;
  readonly #opened: Log[] = [];

  constructor(engine: LogUnderTest) {
    this.#engine = engine;
  }

  open(): Promise<Log> {
    return this.#keep(this.#engine.open());
  }

  reopen(closed: Log): Promise<Log> {
    return this.#keep(this.#engine.reopen!(closed));
  }

  join(log: Log): Promise<Log> {
    return this.#keep(this.#engine.join!(log));
  }

  async close(): Promise<void> {
    await within('closing', 10_000, Promise.all(this.#opened.map((log) => log.close())));
  }

  async #keep(opening: Promise<Log>): Promise<Log> {
    const log = await opening;
    this.#opened.push(log);
    return log;
  }
}
