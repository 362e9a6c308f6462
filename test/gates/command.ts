import type { Act, Verdict } from './resource.ts';

/** What a gate runs: writes a release in two halves, each under the fence. Ends with 9 when the resource refuses it. */
const { RESOURCE = '', QUORATE_GROUP: decision, QUORATE_FENCE, QUORATE_HOLDER: holder } = process.env;

async function ask(act: Act): Promise<Verdict> {
  const write = { decision, act, fence: Number(QUORATE_FENCE), holder, pid: process.pid };
  const reply = await fetch(RESOURCE, { method: 'POST', body: JSON.stringify(write) });
  return (await reply.json()) as Verdict;
}

for (const act of ['begin', 'first', 'last', 'end'] as const) {
  const verdict = await ask(act);
  if (verdict === 'refused') process.exit(9);
  // Another run has released it, and died before it could say so.
  if (verdict === 'there' && act !== 'end') process.exit(0);
}
process.exit(0);
