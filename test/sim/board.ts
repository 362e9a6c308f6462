import type { LogMember, RegisteredServer, Registration, ServerInfo, SharedLog } from '../../src/log/log.ts';
import { SimLog } from './driver.ts';
import type { DriverOptions } from './driver-options.ts';

/** ms for which a server that is gone is still believed to be there. */
const lease = 400;

/** What the servers of a shared log let each other know: that they are there, and hashes of what entries changed. */
export class Board {
  readonly known = new Map<string, RegisteredServer & { leads: boolean }>();
  /** I14: hashes that differ from what another server made of the same entries, though all apply the same log. */
  readonly conflicts: string[] = [];
  private readonly said = new Map<string, string>();

  publish(server: string, stateHash: RegisteredServer['stateHash']): void {
    const known = this.known.get(server);
    if (known !== undefined) this.known.set(server, { ...known, stateHash });
  }

  /** Takes note of a hash that a server has made, and may tell. */
  made(server: string, log: string, index: number, hash: string): void {
    const at = `${log} at ${index}`;
    const first = this.said.get(at) ?? hash;
    this.said.set(at, first);
    if (first !== hash) this.conflicts.push(`${server} has another hash of ${at} than was made before`);
  }

  /** Whether the server leads: it goes on to, or nobody does. */
  leads(server: string): boolean {
    const own = this.known.get(server);
    if (own === undefined) return false;
    own.leads ||= ![...this.known.values()].some(({ leads }) => leads);
    return own.leads;
  }
}

/** The driver of a log that several servers share. */
export class SharedSimLog extends SimLog implements SharedLog {
  private readonly board: Board;
  private readonly elects: boolean;
  private name: string | null = null;

  /** `elects`: that one server at most leads; otherwise all of them do. */
  constructor(options: DriverOptions, board: Board, elects: boolean) {
    super(options);
    this.board = board;
    this.elects = elects;
  }

  async members(): Promise<readonly LogMember[]> {
    return [];
  }

  register(info: ServerInfo): Registration {
    const { board, elects, wire, o } = this;
    const { server } = info;
    this.name = server;
    board.known.set(server, { ...info, stateHash: null, leads: false });
    return {
      get leads() {
        return !elects || board.leads(server);
      },
      publish: async (index, hash) => {
        await wire.untilAnswered(() => board.publish(server, { index, hash }));
        o.count('hash published');
      },
      show: async () => {},
      servers: () => wire.untilAnswered(() => ({ servers: [...board.known.values()], asOf: 0 })),
      stop: async () => void board.known.delete(server),
    };
  }

  override kill(): void {
    super.kill();
    const { name } = this;
    if (name !== null) this.o.world.after(lease, () => this.board.known.delete(name));
  }
}
