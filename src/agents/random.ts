export interface RandomOptions {
  /** The smallest and the largest whole number that may be drawn. */
  readonly min: number;
  readonly max: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/**
 * The classroom's strategy: a random whole number from min to max, in every round. It works with `agree` and with
 * `classroom`. Throws `RangeError` when there is no such number.
 */
export function random({ min, max, random = Math.random }: RandomOptions): () => number {
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    throw new RangeError(`random needs whole numbers min <= max, not ${min} and ${max}`);
  }
  return () => min + Math.floor(random() * (max - min + 1));
}
