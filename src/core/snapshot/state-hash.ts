import type { State } from '../group/state.ts';
import { encodeGlobals } from './globals.ts';
import { encodeGroup } from './group-record.ts';
import { encodeServer } from './webhook-record.ts';

/**
 * A fingerprint of a whole state, to compare servers and replays. Each group's text is hashed and the hashes are added
 * up, so that it does not matter in which order groups came, and a change costs as much as the groups it touched.
 *
 * Finds differences that come from mistakes and damage, not those that somebody crafted: no cryptography.
 */
export class StateHash {
  private readonly byGroup = new Map<string, number>();
  private high = 0;
  private low = 0;

  /** Hashes the groups with these names anew; all others must not have changed. */
  look(state: State, names: Iterable<string>): void {
    for (const name of names) {
      const before = this.byGroup.get(name);
      if (before !== undefined) this.add(before, -1);
      const group = state.groups.get(name);
      if (group === undefined) {
        this.byGroup.delete(name);
        continue;
      }
      const now = hashOf(encodeGroup(group));
      this.byGroup.set(name, now);
      this.add(now, 1);
    }
  }

  /** 24 hexadecimal digits. */
  digest(state: State): string {
    const globals = hashOf(encodeGlobals(state) + encodeServer(state).join(''));
    return [this.high, this.low, (globals / lowRange) >>> 0].map(hex).join('');
  }

  private add(hash: number, sign: 1 | -1): void {
    this.high = (this.high + sign * Math.floor(hash / lowRange)) >>> 0;
    this.low = (this.low + sign * (hash % lowRange)) >>> 0;
  }
}

export function stateHash(state: State): string {
  const hash = new StateHash();
  hash.look(state, state.groups.keys());
  return hash.digest(state);
}

const lowRange = 2 ** 21;

/** 53 bits of two 32-bit lanes, each of which multiplies every character in and is mixed well at the end. */
function hashOf(text: string): number {
  let a = 0x2545f491 ^ text.length;
  let b = 0x6c8e9cf5 - text.length;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    a = Math.imul((a << 7) ^ (a >>> 25) ^ c, 0x9e3779b1);
    b = Math.imul(((b << 19) | (b >>> 13)) + c, 0x27d4eb2f);
  }
  a = finished(a ^ (b >>> 3));
  b = finished(b + a);
  return (a >>> 0) * lowRange + (b >>> 11);
}

function finished(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 15), 0x85ebca77);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae3d);
  return mixed ^ (mixed >>> 16);
}

function hex(lane: number): string {
  return lane.toString(16).padStart(8, '0');
}
