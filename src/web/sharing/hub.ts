import { QuorateError } from '../../client/errors.ts';
import type { FeedMessage, FeedScope, Scope } from '../feed.ts';
import { isFinal } from '../server.ts';
import type { News, Wish } from './messages.ts';
import { covers, union } from './union.ts';

/** What the hub reaches the server with. */
export interface HubParts {
  /** As `feed` of feed.ts. */
  readonly feed: (scope: FeedScope, seen: number | null, signal: AbortSignal) => AsyncIterable<FeedMessage>;
  /** Why the group cannot be followed; null when it can, or nobody knows. */
  readonly check: (group: string) => Promise<QuorateError | null>;
  /** Tells the followers. */
  readonly say: (news: News) => void;
}

type Timer = ReturnType<typeof setTimeout>;

interface Follower {
  readonly groups: Scope;
  /** Index up to which it has been told everything; null before it was told to begin. */
  seen: number | null;
  /** When it last gave a sign of life, ms. */
  heardAt: number;
}

/** The one connection. */
interface Line {
  readonly scope: FeedScope;
  readonly ended: AbortController;
  /** Up to where its followers are told everything; null while only the server knows where it will begin. */
  at: number | null;
  isOpen: boolean;
}

/** How long followers that ask together may take, ms: they get one connection. */
const gatherMs = 30;
/** How long the connection goes on with groups that nobody follows any more, ms: a page that is loaded again asks for them again. */
const lingerMs = 5000;
/** Silence after which a follower counts as gone, ms. A page out of sight gives a sign once a minute. */
const silentMs = 150_000;

/**
 * Has one stream for many followers: it is about what any of them asks for, and each heeds what it has not seen of its own groups.
 * Whoever comes with other groups makes it begin anew from the lowest index that a follower has seen. Nothing is tried again here: when
 * the connection ends, all are told and ask again.
 */
export class Hub {
  private readonly parts: HubParts;
  private readonly followers = new Map<string, Follower>();
  private line: Line | null = null;
  private gathering: Timer | undefined;
  private lingering: Timer | undefined;

  constructor(parts: HubParts) {
    this.parts = parts;
  }

  hear(wish: Wish): void {
    const { say, from } = wish;
    if (say === 'follow') this.add(wish);
    else if (say === 'leave') this.remove(from);
    else {
      const known = this.followers.get(from);
      if (known !== undefined) known.heardAt = Date.now();
      this.parts.say({ say: known === undefined ? 'ended' : 'goes-on', to: from });
      for (const [id, { heardAt }] of this.followers) if (Date.now() - heardAt > silentMs) this.remove(id);
    }
  }

  /** Ends the stream; followers ask again, and find another hub. */
  close(): void {
    this.cut();
    this.endAll();
  }

  private add({ from, groups, seen, isDoubtful }: Extract<Wish, { say: 'follow' }>): void {
    const follower = { groups, seen, heardAt: Date.now() };
    this.followers.set(from, follower);
    this.parts.say({ say: 'goes-on', to: from });
    const { line } = this;
    const isServed =
      line !== null &&
      !isDoubtful &&
      covers(line.scope, groups) &&
      (seen === null || line.at === null || seen >= line.at);
    if (!isServed) this.gathering ??= setTimeout(() => this.begin(), gatherMs);
    else if (line.isOpen) this.admit(from, follower, line);
  }

  private remove(from: string): void {
    this.followers.delete(from);
    if (this.line === null) return;
    if (this.followers.size === 0) this.cut();
    else this.linger();
  }

  /** Leaves out, after a while, what nobody follows any more. */
  private linger(): void {
    this.lingering ??= setTimeout(() => {
      this.lingering = undefined;
      const { names, isAll } = this.wanted();
      const scope = this.line?.scope;
      if (isAll !== scope?.isAll || names.length < scope.names.length) this.begin();
    }, lingerMs);
  }

  private wanted(): FeedScope {
    return union([...this.followers.values()].map(({ groups }) => groups));
  }

  /** Connects anew, with what is wanted now. */
  private begin(): void {
    this.cut();
    if (this.followers.size === 0) return;
    const known = [...this.followers.values()].flatMap(({ seen }) => seen ?? []);
    const at = known.length === 0 ? null : Math.min(...known);
    const line = { scope: this.wanted(), ended: new AbortController(), at, isOpen: false };
    this.line = line;
    this.run(line).catch((error: unknown) => {
      if (this.line === line) this.endAll();
      reportError(error);
    });
  }

  private cut(): void {
    for (const timer of [this.gathering, this.lingering]) clearTimeout(timer);
    this.gathering = undefined;
    this.lingering = undefined;
    this.line?.ended.abort();
    this.line = null;
  }

  private async run(line: Line): Promise<void> {
    try {
      for await (const message of this.parts.feed(line.scope, line.at, line.ended.signal)) {
        if (this.line !== line) return;
        this.pass(message, line);
      }
      if (this.line === line) this.endAll();
    } catch (error) {
      if (this.line !== line) return;
      if (!(error instanceof QuorateError && isFinal(error))) {
        this.endAll();
        if (!(error instanceof QuorateError)) throw error;
        return;
      }
      await this.refuse(error, line);
    }
  }

  private pass(message: FeedMessage, line: Line): void {
    const { followers, parts } = this;
    if (message.kind === 'open') {
      line.isOpen = true;
      for (const [id, follower] of followers) this.admit(id, follower, line);
      return;
    }
    if (message.kind === 'start' || message.kind === 'reached') {
      line.at = message.index;
      for (const follower of followers.values())
        if (covers(line.scope, follower.groups)) follower.seen = message.index;
    }
    parts.say({ say: 'feed', to: null, message });
  }

  /** Lets a follower hear the stream. One that has seen nothing begins here. */
  private admit(to: string, follower: Follower, line: Line): void {
    if (!covers(line.scope, follower.groups)) return;
    const tell = (message: FeedMessage): void => this.parts.say({ say: 'feed', to, message });
    tell({ kind: 'open' });
    if (follower.seen !== null || line.at === null) return;
    follower.seen = line.at;
    tell({ kind: 'start', index: line.at });
    tell({ kind: 'reached', index: line.at });
  }

  private endAll(): void {
    this.line = null;
    this.followers.clear();
    this.parts.say({ say: 'ended', to: null });
  }

  /** The server refuses: finds for whom, tells them, and goes on for the others. */
  private async refuse(error: QuorateError, line: Line): Promise<void> {
    const { followers, parts } = this;
    const { names, isAll } = line.scope;
    const problems = new Map<string, QuorateError>();
    const isOfAll = isAll && (error.status === 401 || error.status === 403);
    if (!isOfAll)
      await Promise.all(
        names.map(async (name) => {
          const problem = names.length === 1 && !isAll ? error : await parts.check(name);
          if (problem !== null) problems.set(name, problem);
        }),
      );
    if (this.line !== line) return;
    const problemOf = ({ groups }: Follower): QuorateError | null => {
      if (isOfAll) return covers({ names, isAll: false }, groups) ? null : error;
      return groups?.map((name) => problems.get(name)).find((one) => one !== undefined) ?? null;
    };
    let isRefused = false;
    for (const [to, follower] of followers) {
      const problem = problemOf(follower);
      if (problem === null) continue;
      isRefused = true;
      followers.delete(to);
      const { code, status, title, detail, fix, outcome } = problem;
      parts.say({ say: 'refused', to, problem: { code, status, title, detail, fix, outcome } });
    }
    if (isRefused) this.begin();
    // Meanwhile it may have become another: all ask again.
    else this.endAll();
  }
}
