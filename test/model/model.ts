import type { Command } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';
import { emptyStream } from './items.ts';
import type { ModelGroup, ModelRound } from './state.ts';
import { type HookCommand, Webhooks } from './webhooks.ts';

/**
 * The protocol once more, from its text and without cleverness: what is kept is what was said and when, and every
 * question (who is missing, is the round over, what came out) is answered from that list from scratch. Where the
 * protocol leaves a choice, the model follows what the real thing chose, and checks that it was one of the choices.
 */
export class Model extends Webhooks {
  /** Follows one command that the real thing has answered so; throws where the answer or the state is wrong. */
  follow(command: Command, time: number, real: State, result: Result): void {
    this.now = Math.max(this.now, time);
    this.real = real;
    this.result = result;
    this.step(command);
    this.tellEnded();
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
    if (!deleted) this.tellEnded();
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
    if (command.type === 'take-deliveries') return void this.takeDeliveries(command);
    if (command.group === null) return void this.toHooks(null, command as HookCommand);
    const group = this.groups.get(command.group);
    if (group === undefined) {
      this.expectRefusal(['group-not-found']);
      return;
    }
    if (command.type === 'delete-group') {
      this.expectDid('deleted');
      this.endStream(group);
      this.forgetHooks(group.name);
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
      case 'waive':
        this.waive(group, command);
        return;
      case 'set-deadline':
        this.setDeadline(group, command);
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
      case 'put-invite':
        this.invite(group, command);
        return;
      case 'redeem':
        this.redeem(group, command);
        return;
      case 'revoke-invite':
        this.revoke(group, command);
        return;
      case 'say':
        this.speak(group, command);
        return;
      case 'set-cursor':
        this.setCursor(group, command);
        return;
      case 'claim':
        this.takeClaim(group, command);
        return;
      case 'renew-claim':
      case 'spend-claim':
      case 'give-back-claim':
        this.useClaim(group, command);
        return;
      case 'put-keys':
        this.putKeys(group, command);
        return;
      default:
        this.toHooks(group, command);
        return;
    }
  }

  // Groups

  /** What has run out takes effect; then a group that nobody uses any more may be over. [Q3.17] */
  private passTime(group: ModelGroup): void {
    const seen = (): string => {
      const live = [...group.members.values()].filter((member) => member.live);
      return `${group.rounds.length} ${this.openOf(group)?.number} ${live.length} ${this.isHeld(group)}`;
    };
    const before = seen();
    this.runOut(group);
    const idle = group.settings.retention?.idle ?? null;
    if (before !== seen() || idle === null || this.now < group.seen.since + idle) return;
    const isBusy = this.isHeld(group) || this.isTelling(group);
    const used = isBusy || [...group.members.values()].some(({ live }) => live);
    if (!used && !this.openOf(group)?.said.length) {
      this.endStream(group);
      this.forgetHooks(group.name);
    }
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
        invites: new Map(),
        joinKey: settings.admission === 'open' ? null : command.joinKeyHash,
        seen: { revision: 0, since: this.now },
        stream: emptyStream(),
        acts: [],
      };
      this.groups.set(command.group, group);
      this.openRound(group);
      return;
    }
    const keyed = settings.admission !== 'open' && command.joinKeyHash !== null && known.joinKey !== null;
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
    const invited = settings.admission === known.settings.admission ? [] : [...known.invites.keys()];
    known.settings = settings;
    this.endInvites(known, invited);
    const waiting = this.openOf(known);
    if (invited.length > 0 && waiting !== null && !newSubject) this.look(known, waiting);
    this.forgetOldest(known);
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

  /** Who is no longer invited and not there is waited for no more. */
  private endInvites(group: ModelGroup, agents: readonly string[]): void {
    for (const agent of agents) {
      group.invites.delete(agent);
      const round = this.openOf(group);
      if (round === null || group.members.get(agent)?.live !== false) continue;
      round.gone.add(agent);
      this.gatherAgain(group, round);
    }
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
