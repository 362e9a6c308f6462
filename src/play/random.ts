/** What a random number is for: two uses never share one. */
export type Use = 'draw' | 'turn' | 'fate' | 'hold' | 'entry';

const uses: readonly Use[] = ['draw', 'turn', 'fate', 'hold', 'entry'];

/**
 * A whole number from 0 to 2^32 - 1 that depends on these arguments alone, not on what was asked before: a message that one
 * side loses does not change what the other side draws.
 */
export function randomAt(seed: number, use: Use, ...at: readonly number[]): number {
  let mixed = mix(seed);
  for (const part of [uses.indexOf(use), ...at]) mixed = mix(mixed ^ Math.imul(part + 1, 0x9e3779b1));
  return mixed;
}

/** A whole number from 0 to `sides - 1`. */
export function belowAt(sides: number, seed: number, use: Use, ...at: readonly number[]): number {
  return Math.floor((randomAt(seed, use, ...at) / 2 ** 32) * sides);
}

/** Each bit of the result depends on each bit of what is given. */
function mix(bits: number): number {
  let mixed = (bits + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
