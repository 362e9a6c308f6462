import type { RegisteredServer, Shown } from '../../log/log.ts';

/** A server as the others know it. */
export interface Listed {
  /** The name that it keeps when it starts again. */
  readonly name: string;
  readonly state: 'serving' | 'silent';
  /** When it was last heard of, ms since 1970; null while it serves. */
  readonly silentSince: number | null;
  /** What it showed last; null: nothing yet. */
  readonly shown: Shown | null;
}

interface Heard {
  readonly server: string;
  shown: Shown | null;
  /** When it was last heard of, ms since 1970: what it shows was new, or there was nothing new to show. */
  at: number;
  /** Whether the list has it. */
  isListed: boolean;
}

/** A server that lags and has shown nothing new for so long is silent, though its lease has not ended, ms. */
const silentAfterMs = 2500;
/** Without a list for so long, nothing could be heard of anybody, ms. */
const deafAfterMs = 1500;
/** A server that is gone is named for so long, ms. */
const rememberedMs = 10 * 60_000;
/** Servers that are gone, at most. */
const mostGone = 16;

/** The servers on one log, with those that have fallen silent; fed with the list that is read twice a second anyway. */
export class Roll {
  private readonly now: () => number;
  /** By the name that a server keeps when it starts again. */
  private readonly heard = new Map<string, Heard>();
  private listedAt: number | null = null;

  /** `now`: ms since 1970. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Whether somebody asks one of these servers about the cluster. */
  get isWatched(): boolean {
    return [...this.heard.values()].some(({ isListed, shown }) => isListed && shown?.isWatched === true);
  }

  /** Whether the list is too old to say anything of the others. */
  get isDeaf(): boolean {
    return this.listedAt === null || this.now() - this.listedAt > deafAfterMs;
  }

  /** `head`: the last index of the log that is known. */
  seen(servers: readonly RegisteredServer[], head: number): void {
    const at = this.now();
    const wasDeaf = this.isDeaf;
    this.listedAt = at;
    const gone = new Set(this.heard.keys());
    for (const { server, clock, shown = null } of servers) {
      gone.delete(clock);
      const known = this.heard.get(clock);
      // What two processes under one name show is that of either.
      const isNew = known?.server !== server || !isSame(known.shown, shown);
      // Of one that has all entries there is no other news than that it is there.
      const isCurrent = shown === null || shown.index >= head || !this.isWatched;
      if (known === undefined || isNew || isCurrent || wasDeaf)
        this.heard.set(clock, { server, shown: shown ?? known?.shown ?? null, at, isListed: true });
    }
    for (const name of gone) this.lost(name, at);
  }

  /** The servers by name; `head` is the last index of the log that is known. */
  list(head: number): Listed[] {
    const at = this.now();
    return [...this.heard]
      .map(([name, { shown, at: heardAt, isListed }]): Listed => {
        const lags = shown !== null && shown.index < head && this.isWatched;
        const isSilent = !isListed || (lags && !this.isDeaf && at - heardAt > silentAfterMs);
        return {
          name,
          state: isSilent ? 'silent' : 'serving',
          silentSince: isSilent ? heardAt : null,
          shown,
        };
      })
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  private lost(name: string, at: number): void {
    const known = this.heard.get(name);
    if (known === undefined) return;
    known.isListed = false;
    const isOld = at - known.at > rememberedMs;
    const others = [...this.heard.values()].filter(({ isListed }) => !isListed);
    if (isOld || others.length > mostGone) this.heard.delete(name);
  }
}

function isSame(one: Shown | null, other: Shown | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
