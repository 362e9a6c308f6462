import { appendFileSync } from 'node:fs';
import { type ConnectOptions, type ItemJson, recordingFetch } from '../client/index.ts';
import { fetchTrusting } from '../client/trust.ts';

/** Writes the part that one process has in a history, for quorate check; docs/history-format.md describes the lines. */
export class Recorder {
  private readonly file: string | undefined;
  private readonly who: string;

  /** `agent`: who makes the calls. Without a file nothing is written. */
  constructor(agent: string | undefined, file: string | undefined) {
    this.file = file;
    this.who = `${agent ?? 'reader'} ${process.pid}`;
  }

  /** How to connect so that each call is written. `ca`: see `ConnectOptions`. */
  connecting(ca: string | undefined): Partial<ConnectOptions> {
    if (this.file === undefined) return {};
    const fetch = recordingFetch({
      process: this.who,
      ...(ca !== undefined && { fetch: fetchTrusting(ca) }),
      // The same clock for all processes of one machine, which may share the file.
      now: () => Number(process.hrtime.bigint() / 1000n),
      onCall: (call) => this.write(call),
    });
    return { fetch };
  }

  /** Writes an item of the group's stream as it came. */
  heard(group: string, item: ItemJson): void {
    this.write({ process: this.who, op: 'heard', group, item });
  }

  private write(line: object): void {
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}
