import type { Command, Expected } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { RefusalCode, Result } from '../../src/core/result.ts';
import { Members } from './members.ts';
import type { KeyUse, ModelGroup, ModelRound, Said } from './state.ts';

type Propose = Extract<Command, { type: 'propose' }>;

/**
 * The protocol once more, from its text and without cleverness: what is kept is what was said and when, and every
 * question (who is missing, is the round over, what came out) is answered from that list from scratch. Where the
 * protocol leaves a choice, the model follows what the real thing chose, and checks that it was one of the choices.
 */
export class Model extends Members {
  /** Follows one command that the real thing has answered so; throws where the answer or the state is wrong. */
  follow(command: Command, time: number, real: State, result: Result): void {
    this.now = Math.max(this.now, time);
    this.real = real;
    this.result = result;
    this.step(command);
    this.compare();
    for (const group of this.groups.values()) {
      const { revision } = this.realGroup(group);
      if (revision !== group.seen.revision) group.seen = { revision, since: this.now };
    }
  }

  private step(command: Command): void {
    // What ran out in a group that was there and is deleted now has left no trace to compare.
    const deleted = command.type === 'delete-group' && this.result.ok;
    for (const group of [...this.groups.values()])
      if (command.type === 'tick' || ('group' in command && command.group === group.name && !deleted))
        this.passTime(group);
    if (command.type === 'tick') {
      this.expectDid('ticked');
      return;
    }
    if (command.type === 'activate') {
      this.expectDid('activated');
      return;
    }
    if (command.type === 'put-group') {
      this.put(command);
      return;
    }
    const group = this.groups.get(command.group);
    if (group === undefined) {
      this.expectRefusal(['group-not-found']);
      return;
    }
    if (command.type === 'delete-group') {
      this.expectDid('deleted');
      this.groups.delete(command.group);
      return;
    }
    switch (command.type) {
      case 'propose':
        this.propose(group, command);
        return;
      case 'tell':
        this.tell(group, command);
        return;
      case 'open-round':
        this.openByHand(group, command.round);
        return;
      case 'close-round':
        this.closeByHand(group, command);
        return;
      case 'join':
        this.join(group, command);
        return;
      case 'renew':
      case 'leave':
        this.renewOrLeave(group, command);
        return;
      case 'remove-agent':
        this.remove(group, command);
        return;
      case 'put-keys':
        this.putKeys(group, command);
        return;
    }
  }

  // Groups

  /** What has run out takes effect; then a group that nobody uses any more may be over. [Q3.17] */
  private passTime(group: ModelGroup): void {
    const seen = (): string => {
      const live = [...group.members.values()].filter((member) => member.live);
      return `${group.rounds.length} ${this.openOf(group)?.number} ${live.length}`;
    };
    const before = seen();
    this.runOut(group);
    const idle = group.settings.retention?.idle ?? null;
    if (before !== seen() || idle === null || this.now < group.seen.since + idle) return;
    const used = [...group.members.values()].some(({ live }) => live);
    if (!used && !this.openOf(group)?.said.length) this.groups.delete(group.name);
  }

  private put(command: Extract<Command, { type: 'put-group' }>): void {
    const { settings } = command;
    const known = this.groups.get(command.group);
    if (known === undefined) {
      if (command.ifRevision !== null && command.ifRevision !== 0) {
        this.expectRefusal(['revision-mismatch']);
        return;
      }
      this.expectDid('created');
      const group: ModelGroup = {
        name: command.group,
        settings,
        rounds: [],
        status: 'open',
        members: new Map(),
        told: new Set(),
        toldOwn: new Set(),
        keys: new Map(),
        joinKey: settings.admission === 'key' ? command.joinKeyHash : null,
        seen: { revision: 0, since: this.now },
      };
      this.groups.set(command.group, group);
      this.openRound(group);
      return;
    }
    const keyed = settings.admission === 'key' && command.joinKeyHash !== null && known.joinKey !== null;
    const others = keyed && command.joinKeyHash !== known.joinKey;
    const same = !others && JSON.stringify(settings) === JSON.stringify(known.settings);
    if (same) return void this.expectDid('unchanged');
    if (command.ifRevision === 0) return void this.expectRefusal(['revision-mismatch']);
    if (others) return void this.expectRefusal(['join-key-wrong']);
    this.expectDid('updated');
    // Whoever admits everybody has no keys; whoever has keys keeps them.
    if (settings.admission === 'open') known.joinKey = null;
    else known.joinKey ??= command.joinKeyHash;
    const newSubject = settings.subjectHash !== known.settings.subjectHash;
    known.settings = settings;
    if (!newSubject) return;
    const open = this.openOf(known);
    if (open !== null) {
      this.end(known, open, { state: 'FAILED', why: 'no-agreement' }, ['subject-changed']);
      return;
    }
    const { maxRounds } = settings.rule;
    if (maxRounds !== null && known.rounds.length >= maxRounds) {
      return;
    }
    this.openRound(known);
  }

  // Proposals

  private propose(group: ModelGroup, command: Propose): void {
    const { key, agent, value } = command;
    const wrong = this.impostor(group, command);
    if (wrong !== null) {
      this.expectRefusal([wrong]);
      return;
    }
    this.touch(group, agent);
    const member = agent === null ? undefined : group.members.get(agent);
    if (member?.live && member.role === 'observer') {
      this.expectRefusal(['not-a-voter']);
      return;
    }
    const used = key === null ? undefined : group.keys.get(`${agent} ${key}`);
    if (used !== undefined) {
      const sealed = this.sealed(group, used.round, used.seat, command);
      if (sealed !== null) this.expectRefusal([sealed]);
      else if (used.value === value && (command.round === null || command.round === used.round))
        this.expectProposed('repeated', used.round, used.seat);
      else this.expectRefusal(['key-reused']);
      return;
    }
    const round = group.rounds.find(({ number }) => number === (command.round ?? group.rounds.length));
    const earlier = round?.said.find((said) => said.agent === agent);
    const isMeant = command.round !== null || round?.ended === null;
    const sealed = round && earlier && isMeant && this.sealed(group, round.number, earlier.agent, command);
    const change = this.mindChanged(round, earlier, command);
    if (sealed) {
      this.expectRefusal([sealed]);
      return;
    }
    if (round !== undefined && earlier?.value === value && !change) {
      if (command.round !== null || round.ended === null) {
        this.expectProposed('repeated', round.number, earlier.agent);
        this.remember(group, command, round.number, earlier.agent);
        return;
      }
    }
    const against = this.objections(group, command);
    if (against.size > 0) {
      this.expectRefusal([...against]);
      return;
    }
    this.count(group, command, change ? 'changed' : 'proposed', earlier);
  }

  private count(
    group: ModelGroup,
    command: Propose,
    did: 'proposed' | 'changed',
    earlier: Said | undefined,
  ): void {
    const { agent, value, seq } = command;
    const round = this.openOf(group) as ModelRound;
    const seat = agent ?? (this.result.ok && 'agent' in this.result ? this.result.agent : '');
    if (agent === null && round.said.some((said) => said.agent === seat))
      this.wrong(`seat ${seat} is taken twice`);
    this.expectProposed(did, round.number, seat);
    round.said = round.said.filter((said) => said.agent !== seat);
    round.said.push({ agent: seat, value, seq, token: command.tokenHash, at: earlier?.at ?? this.now });
    this.remember(group, command, round.number, seat);
    this.look(group, round);
  }

  private remember(group: ModelGroup, { key, agent, value }: Propose, round: number, seat: string): void {
    if (key === null) return;
    const same = (use: KeyUse): boolean => use.round === round && use.seat === seat;
    const before = [...group.keys].filter(([, use]) => same(use));
    // The protocol says how many are kept of those that came with one proposal.
    if (before.length === 4) group.keys.delete(before[0]?.[0] as string);
    group.keys.set(`${agent} ${key}`, { round, seat, value });
  }

  /** What was said under a token answers to no other while it is hidden: until the close, or for ever. */
  private sealed(
    group: ModelGroup,
    number: number,
    seat: string,
    { tokenHash }: Propose,
  ): RefusalCode | null {
    const round = group.rounds[number - 1] as ModelRound;
    const token = round.said.find((said) => said.agent === seat)?.token ?? null;
    if (token === null || token === tokenHash) return null;
    if (round.ended === null) return 'already-proposed';
    return round.rule.reveal === 'never' ? 'round-closed' : null;
  }

  /** Whether this replaces what its agent has said: only in the open round, and only by a seq that grows. */
  private mindChanged(round: ModelRound | undefined, earlier: Said | undefined, { seq }: Propose): boolean {
    if (round === undefined || earlier === undefined || round.ended !== null) return false;
    return round.rule.revote && seq !== null && seq > (earlier.seq ?? 0);
  }

  /** Everything that speaks against a proposal; empty when it must be counted. */
  private objections(group: ModelGroup, command: Propose): Set<RefusalCode> {
    const against = new Set<RefusalCode>();
    const { agent, value } = command;
    const round = this.openOf(group);
    const latest = group.rounds.length;
    if (command.round !== null && command.round > latest) against.add('round-not-open');
    else if (command.round !== null && command.round !== round?.number) against.add('round-closed');
    else if (round === null) against.add(group.status === 'exhausted' ? 'group-exhausted' : 'no-open-round');
    if (against.size > 0 || round === null) return against;
    const earlier = round.said.find((said) => said.agent === agent);
    const { electorate } = round.rule;
    if (earlier !== undefined) {
      if (!round.rule.revote) against.add('already-proposed');
      else if (!this.mindChanged(round, earlier, command)) against.add('stale-seq');
    } else if (round.gathering) against.add('electorate-incomplete');
    else if ('size' in electorate) {
      if (round.said.length >= electorate.size) against.add('round-full');
    } else if (agent === null || !(round.electors ?? []).includes(agent)) against.add('not-eligible');
    const number = value === null || typeof JSON.parse(value) === 'number';
    if (typeof round.rule.equality === 'object' && !number) against.add('not-a-number');
    return against;
  }

  // Rounds by hand, and the classroom

  private openByHand(group: ModelGroup, wanted: number | null): void {
    const { maxRounds } = group.settings.rule;
    const next = group.rounds.length + 1;
    if (wanted !== null && wanted < next) this.expectDid('opened-before');
    else if (wanted !== null && wanted > next) this.expectRefusal(['round-not-open']);
    else if (group.status === 'open') this.expectRefusal(['round-open']);
    else if (maxRounds !== null && group.rounds.length >= maxRounds) this.expectRefusal(['group-exhausted']);
    else {
      this.expectDid('opened');
      this.openRound(group);
    }
  }

  private closeByHand(group: ModelGroup, command: Extract<Command, { type: 'close-round' }>): void {
    const { by, tokenHash } = command;
    const wrong = this.impostor(group, { agent: by, tokenHash });
    if (wrong !== null) {
      this.expectRefusal([wrong]);
      return;
    }
    this.touch(group, by);
    const { mayClose } = group.settings;
    const may = by === null || mayClose === 'agents' || (mayClose !== 'admin' && mayClose.includes(by));
    const round = this.openOf(group);
    if (!may) this.expectRefusal(['may-not-close']);
    else if (command.round > group.rounds.length) this.expectRefusal(['round-not-open']);
    else if (round === null || command.round !== round.number) this.expectRefusal(['round-closed']);
    else if (!this.asExpected(group, command)) this.expectRefusal(['revision-mismatch']);
    else {
      this.expectDid('closed');
      this.end(group, round, this.verdict(round), ['closed-by-hand']);
    }
  }

  /** The model counts no revisions: a refusal has left the one it saw, a close has written the next one down. */
  private asExpected(group: ModelGroup, { ifRevision, round }: { ifRevision: Expected; round: number }) {
    const { revision, closed } = this.realGroup(group);
    const closing = closed.get(round);
    return (
      typeof ifRevision !== 'number' ||
      ifRevision === (closing === undefined ? revision : closing.revision - 1)
    );
  }

  private tell(group: ModelGroup, { reader, identified }: Extract<Command, { type: 'tell' }>): void {
    const named = (round: ModelRound) => round.said.filter(({ agent }) => !agent.startsWith('seat-'));
    const mine = group.rounds.filter((round) => named(round).some(({ agent }) => agent === reader)).at(-1);
    const note = `${mine?.number} ${reader}`;
    const anonymousSince = group.rounds.some(
      (round) => round.number > (mine?.number ?? 0) && round.said.length > named(round).length,
    );
    if (mine !== undefined && (identified || !group.toldOwn.has(note) || !anonymousSince)) {
      if (mine.ended !== null) group.toldOwn.add(note);
      this.expectTold(this.stateOf(group, mine));
      return;
    }
    const latest = group.rounds.filter((round) => round.ended !== null).at(-1);
    if (latest === undefined || latest === mine) {
      this.expectTold('WAITING');
      return;
    }
    const seats = latest.said.length - named(latest).length;
    if (!group.told.has(reader) && group.told.size < seats) {
      group.told.add(reader);
      this.expectTold(this.stateOf(group, latest));
      return;
    }
    const empty = (this.openOf(group)?.said.length ?? 0) === 0;
    this.expectTold(this.stateOf(group, latest) === 'SUCCESS' && empty ? 'SUCCESS' : 'WAITING');
  }

  private stateOf(group: ModelGroup, round: ModelRound): 'WAITING' | 'SUCCESS' | 'FAILED' {
    if (round.ended === null) return 'WAITING';
    // compare() has checked this record against the proposals.
    return this.realGroup(group).closed.get(round.number)?.state ?? 'WAITING';
  }
}
