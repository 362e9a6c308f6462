import type { Plan } from './plan.ts';

/** Whether a plan still shows the fault that is looked for. */
export type Fails = (plan: Plan) => Promise<boolean>;

/** The smallest plan that still fails, as far as leaving things out finds it: first faults, then operations, then agents. */
export async function shrink(plan: Plan, fails: Fails): Promise<Plan> {
  let best = plan;
  for (;;) {
    const before = sizeOf(best);
    const { faults } = best;
    best = { ...best, faults: await least(faults, (some) => fails({ ...best, faults: some })) };
    const ops = best.agents.flatMap(({ id, ops: own }) => own.map((op) => ({ id, op })));
    const withOps = (some: typeof ops): Plan => ({
      ...best,
      agents: best.agents.map(({ id, home }) => ({
        id,
        home,
        ops: some.filter((one) => one.id === id).map(({ op }) => op),
      })),
    });
    best = withOps(await least(ops, (some) => fails(withOps(some))));
    const { agents } = best;
    best = { ...best, agents: await least(agents, (some) => fails({ ...best, agents: some })) };
    if (sizeOf(best) === before) return best;
  }
}

function sizeOf(plan: Plan): number {
  return plan.faults.length + plan.agents.reduce((sum, { ops }) => sum + 1 + ops.length, 0);
}

/** A part of the list, in its order, that still fails and of which nothing more can be left out in one piece. */
export async function least<T>(list: readonly T[], fails: (some: T[]) => Promise<boolean>): Promise<T[]> {
  let kept = [...list];
  for (let piece = Math.max(1, kept.length >> 1); kept.length > 0; ) {
    let shorter = false;
    for (let from = 0; from < kept.length; from += piece) {
      const without = [...kept.slice(0, from), ...kept.slice(from + piece)];
      if (!(await fails(without))) continue;
      kept = without;
      shorter = true;
      from -= piece;
    }
    if (piece === 1 && !shorter) return kept;
    if (!shorter) piece = Math.max(1, piece >> 1);
    else piece = Math.min(piece, Math.max(1, kept.length >> 1));
  }
  return kept;
}
