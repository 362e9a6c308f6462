import type { Group, Invite, Member, Round, State } from '../../src/core/group/state.ts';
import type { Outcome, Proposal } from '../../src/core/types.ts';
import { talkText } from '../check/dump.ts';

/**
 * Tells states apart as their texts in ../check/dump.ts do, by 53 bits instead of a text: two of a million states are
 * taken for one with a chance of 1 in 10,000. What has no order is added up, so that nothing needs to be sorted.
 */
export class Fingerprints {
  /** Texts are few and come again in every state. */
  private readonly texts = new Map<string, number>();

  of(state: State): number {
    return (this.lane(state, 0x2545f491) >>> 0) * 2 ** 21 + (this.lane(state, 0x6c8e9cf5) >>> 11);
  }

  private lane(state: State, seed: number): number {
    let sum = 0;
    for (const group of state.groups.values()) sum += this.group(group, seed);
    return ended(mixed(mixed(seed, sum), state.time));
  }

  private group(group: Group, seed: number): number {
    const { open, settings } = group;
    const { threshold } = settings.rule;
    let print = this.mixedText(mixed(seed, group.round), group.name);
    print = this.mixedText(print, group.status);
    print = this.mixedText(print, settings.subjectHash);
    print = this.mixedText(print, typeof threshold === 'object' ? JSON.stringify(threshold) : `${threshold}`);
    let sum = 0;
    for (const member of group.members.values()) sum += this.member(member, seed);
    print = mixed(print, sum);
    sum = 0;
    for (const invite of group.invites.values()) sum += this.invite(invite, seed);
    print = mixed(print, sum);
    sum = 0;
    for (const use of group.keys.values()) {
      const place = this.mixedText(mixed(seed, use.round), use.key);
      sum += ended(this.mixedText(this.mixedText(place, use.agent), use.value));
    }
    print = mixed(print, sum);
    sum = 0;
    for (const [agent, number] of group.lastRound) sum += ended(mixed(this.mixedText(seed, agent), number));
    print = mixed(mixed(print, sum), this.names(group.toldLatest, seed));
    print = mixed(mixed(print, this.names(group.toldOwn, seed)), group.anonymousRound);
    print = this.mixedText(print, talkText(group));
    print = mixed(print, open === null ? -1 : this.round(open, seed));
    for (const outcome of group.closed.values()) print = mixed(print, this.outcome(outcome, seed));
    return ended(print);
  }

  private member(member: Member, seed: number): number {
    const print = this.mixedText(this.mixedText(seed, member.agent), member.tokenHash);
    const known = this.mixedText(mixed(print, member.live ? member.expiresAt : -1), member.role);
    return ended(this.mixedText(this.mixedText(known, member.name ?? null), member.kind ?? null));
  }

  private invite({ agent, role, name, kind, secretHash, state, tokenHash }: Invite, seed: number): number {
    const print = this.mixedText(this.mixedText(this.mixedText(seed, agent), role), name ?? null);
    const known = this.mixedText(this.mixedText(print, kind ?? null), secretHash);
    return ended(this.mixedText(this.mixedText(known, state), tokenHash));
  }

  private round(round: Round, seed: number): number {
    const { electors, floorMetAt, minWaitOver, subjectHash } = round;
    let print = mixed(mixed(mixed(seed, round.number), round.openedAt), round.eligible);
    print = mixed(mixed(print, floorMetAt ?? -1), round.seats);
    print = this.mixedText(mixed(print, minWaitOver ? 1 : 0), subjectHash);
    print = mixed(print, electors === null ? -1 : this.names(electors, seed));
    print = mixed(mixed(print, round.firstAt ?? -1), this.waivers(round.waived, seed));
    print = mixed(print, round.deadlineSet?.at ?? -1);
    print = this.deadline(print, round.deadlineSet);
    return ended(mixed(mixed(print, this.names(round.absent, seed)), this.ballots(round.proposals, seed)));
  }

  private outcome(outcome: Outcome, seed: number): number {
    let print = mixed(mixed(seed, outcome.round), outcome.eligible);
    print = mixed(mixed(mixed(print, outcome.openedAt), outcome.closedAt), outcome.seats);
    print = this.mixedText(this.mixedText(print, outcome.state), outcome.reason);
    print = mixed(mixed(print, outcome.deadlineAt ?? -1), this.waivers(outcome.waived, seed));
    print = this.deadline(print, outcome.deadlineSet);
    return ended(mixed(this.mixedText(print, outcome.value), this.ballots(outcome.proposals, seed)));
  }

  private deadline(print: number, set: Outcome['deadlineSet']): number {
    return set === null ? print : this.mixedText(mixed(mixed(print, set.time), set.times), set.by);
  }

  private waivers(waived: Outcome['waived'], seed: number): number {
    let sum = 0;
    for (const { agent, by, reason, time } of waived.values())
      sum += ended(mixed(this.mixedText(this.mixedText(this.mixedText(seed, agent), by), reason), time));
    return sum;
  }

  private ballots(proposals: ReadonlyMap<string, Proposal>, seed: number): number {
    let sum = 0;
    for (const { agent, value, seq, tokenHash, note } of proposals.values()) {
      const ballot = this.mixedText(this.mixedText(this.mixedText(seed, agent), value), tokenHash);
      sum += ended(mixed(this.mixedText(ballot, note ?? null), seq ?? -1));
    }
    return sum;
  }

  private names(names: ReadonlySet<string>, seed: number): number {
    let sum = 0;
    for (const name of names) sum += ended(this.mixedText(seed, name));
    return sum;
  }

  private mixedText(print: number, text: string | null): number {
    if (text === null) return mixed(print, -1);
    let known = this.texts.get(text);
    if (known === undefined) {
      known = text.length;
      for (let i = 0; i < text.length; i += 1) known = mixed(known, text.charCodeAt(i));
      this.texts.set(text, known);
    }
    return mixed(print, known);
  }
}

/** Numbers count modulo 2^32. */
function mixed(print: number, number: number): number {
  const part = Math.imul(number, 0xcc9e2d51);
  const whole = print ^ Math.imul((part << 15) | (part >>> 17), 0x1b873593);
  return Math.imul((whole << 13) | (whole >>> 19), 5) + 0x6b64e654;
}

function ended(print: number): number {
  let end = Math.imul(print ^ (print >>> 16), 0x85ebca6b);
  end = Math.imul(end ^ (end >>> 13), 0xc2b2ae35);
  return end ^ (end >>> 16);
}

/** A set of fingerprints in one flat table: a million of them take 16 MB and give the garbage collector nothing to do. */
export class FingerprintSet {
  private table = new Float64Array(1024).fill(free);
  private size = 0;

  /** Whether it was not there before. */
  add(print: number): boolean {
    if (2 * this.size >= this.table.length) this.grow();
    const isNew = put(this.table, print);
    if (isNew) this.size += 1;
    return isNew;
  }

  private grow(): void {
    const larger = new Float64Array(2 * this.table.length).fill(free);
    for (const print of this.table) if (print !== free) put(larger, print);
    this.table = larger;
  }
}

const free = -1;

/** Goes on from the place that the print names to the next free one. */
function put(table: Float64Array, print: number): boolean {
  const mask = table.length - 1;
  for (let i = print & mask; ; i = (i + 1) & mask) {
    if (table[i] === print) return false;
    if (table[i] !== free) continue;
    table[i] = print;
    return true;
  }
}
