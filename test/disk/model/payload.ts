import type { Random } from '../../sim/random.ts';

/** Bytes of an entry or of a record: of any length from none up to several segments, some of them like what a log itself writes. */
export function payload(random: Random): Buffer {
  const length = random.pick([
    () => 0,
    () => random.below(60),
    () => random.between(400, 600),
    () => random.between(1000, 5000),
    () => random.below(200),
    () => (random.chance(0.15) ? random.between(9_000, 40_000) : 8),
  ])();
  const bytes = Buffer.alloc(length);
  const seed = random.next();
  const kind = random.below(5);
  for (let at = 0; at < length; at += 1) bytes[at] = byteOf(kind, at, seed);
  // No two are alike, so that one in the place of another is seen.
  bytes.write(`${seed}`.slice(0, length), 'latin1');
  return bytes;
}

function byteOf(kind: number, at: number, seed: number): number {
  if (kind === 0) return 0;
  if (kind === 1) return 0xff;
  if (kind === 2) return (Math.imul(at + 1, seed | 1) >>> 24) & 0xff;
  if (kind === 3) return 'QR\x01E\0\0\0\x08'.charCodeAt(at % 8);
  return 97 + (at % 26);
}
