import type { SharedLog } from '../../src/replica/peers.ts';
import { type DriverOptions, SimLog } from './driver.ts';

type Note = { readonly index: number; readonly hash: string };

/** ms for which a server that is gone is still believed to be there. */
const lease = 400;

/** What the servers of a shared log leave beside it for each other: that they are there, and hashes of their states. */
export class Board {
  readonly present = new Map<string, { readonly supported: number; leads: boolean }>();
  readonly notes = new Map<string, Note>();
  /** I14: hashes that differ from what another server said of the same entry, though all apply the same log. */
  readonly conflicts: string[] = [];
  private readonly said = new Map<string, string>();

  note(server: string, log: string, note: Note): void {
    this.notes.set(server, note);
    const at = `${log} at ${note.index}`;
    const first = this.said.get(at) ?? note.hash;
    this.said.set(at, first);
    if (first !== note.hash) this.conflicts.push(`${server} says another hash of ${at} than was said before`);
  }

  forget(server: string): void {
    this.present.delete(server);
    this.notes.delete(server);
  }
}

/** The driver of a log that several servers share. */
export class SharedSimLog extends SimLog implements SharedLog {
  private readonly board: Board;
  private readonly elects: boolean;
  private known: string | null = null;

  /** `elects`: that one server at most leads; otherwise all of them do. */
  constructor(options: DriverOptions, board: Board, elects: boolean) {
    super(options);
    this.board = board;
    this.elects = elects;
  }

  lead(server: string, { supported }: { readonly supported: number }): ReturnType<SharedLog['lead']> {
    const { board, elects } = this;
    this.known = server;
    const me = { supported, leads: false };
    board.present.set(server, me);
    return {
      get leading() {
        if (!elects) return true;
        if (!me.leads && board.present.get(server) === me)
          me.leads = ![...board.present.values()].some((one) => one.leads);
        return me.leads;
      },
      stop: async () => board.forget(server),
    };
  }

  override kill(): void {
    super.kill();
    const { known } = this;
    if (known !== null) this.o.world.after(lease, () => this.board.forget(known));
  }

  servers(): Promise<readonly { server: string; supported: number }[]> {
    return this.wire.untilAnswered(() =>
      [...this.board.present].map(([server, { supported }]) => ({ server, supported })),
    );
  }

  async publishHash(server: string, index: number, hash: string): Promise<void> {
    await this.wire.untilAnswered(() => this.board.note(server, this.info.id, { index, hash }));
    this.o.count('hash published');
  }

  hashes(): Promise<readonly { server: string; index: number; hash: string }[]> {
    return this.wire.untilAnswered(() =>
      [...this.board.notes].map(([server, note]) => ({ server, ...note })),
    );
  }
}
