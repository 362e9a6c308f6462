import { expect, it } from 'vitest';
import type { Json } from '../../src/core/types.ts';
import { type Case, prove } from './bruteforce.ts';

/** Rules to be swept, put together from what varies. The whole sweep takes minutes. */

export const thorough = process.env.BRUTEFORCE === 'all';

export type RuleJson = { readonly [name: string]: Json };

export const names = ['p1', 'p2', 'p3', 'p4', 'p5'];

export const some = {
  thresholds: [1, 2, 'majority', 'two-thirds', 'unanimous'].map((threshold): RuleJson => ({ threshold })),
  denominators: ['eligible', 'present', 'cast'].map((of): RuleJson => ({ of })),
};

/** Proves all cases, and that they were enough to prove something. */
export function sweep(
  title: string,
  cases: readonly Case[],
  least: { readonly orders: number; readonly certain: number },
): void {
  it(title, () => {
    const sum = { orders: 0, moments: 0, certain: 0, late: 0 };
    const disagreements: string[] = [];
    for (const one of cases) {
      const report = prove(one);
      for (const field of Object.keys(sum) as (keyof typeof sum)[]) sum[field] += report[field];
      disagreements.push(...report.disagreements.slice(0, 1));
    }
    const { orders, moments, certain, late } = sum;
    console.info(
      `${title}: ${cases.length} rules, ${orders} rounds, ${moments} moments, ${certain} certain before the end, ` +
        `${late} of them kept open`,
    );
    expect(disagreements.slice(0, 40)).toEqual([]);
    expect(orders).toBeGreaterThanOrEqual(least.orders);
    expect(certain).toBeGreaterThanOrEqual(least.certain);
  });
}

/** Rules that tell agents apart, for a roster of n. */
export function named(n: number, extra: readonly RuleJson[], also: Partial<Case> = {}): Case[] {
  const agents = names.slice(0, n);
  return extra.map((rule) => ({
    rule: { electorate: { agents }, ...rule },
    agents,
    values: ['"a"', '"b"', '"c"'],
    unseen: ['"d"', '"e"'],
    exact: true,
    symmetric: n > 3,
    ...also,
  }));
}

export function product(...axes: readonly (readonly RuleJson[])[]): RuleJson[] {
  return axes.reduce<RuleJson[]>(
    (made, axis) => made.flatMap((rule) => axis.map((more) => ({ ...rule, ...more }))),
    [{}],
  );
}
