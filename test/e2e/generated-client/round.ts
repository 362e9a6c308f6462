import { HttpError, ok } from '@oazapfts/runtime';
import * as quorate from './client.js';

/** A round of three agents, as a program plays it that knows nothing but the client generated from /openapi.json. */
export async function playRound(baseUrl: string) {
  quorate.defaults.baseUrl = baseUrl;
  const two: quorate.Electorate = {
    any: [
      { role: 'owners', agents: ['ann', 'bob'], threshold: 'unanimous' },
      { all: [{ role: 'all', agents: ['ann', 'bob', 'cy'], threshold: { num: 2, den: 3, strict: false } }] },
    ],
  };
  // @ts-expect-error: the union of electorates refuses what is none.
  const none: quorate.Electorate = { sizes: 3 };
  const refused = await quorate.putGroup('lunch', { rule: { electorate: none } });
  const group = await ok(quorate.putGroup('lunch', { rule: { electorate: two, next: 'manual' } }));
  const { token } = await ok(quorate.join('lunch', 'ann', { ttl: '1m' }));
  const asAnn = { headers: { authorization: `Bearer ${token}` } };
  const outcomes = await Promise.all([
    ok(quorate.propose('lunch', group.round, 'ann', { value: 'pizza' }, { wait: '30s' }, asAnn)),
    ok(quorate.propose('lunch', group.round, 'bob', { value: 'soup' }, { wait: '30s' })),
    ok(quorate.propose('lunch', group.round, 'cy', { value: 'pizza' }, { wait: '30s' })),
  ]);
  const read: quorate.Round = await ok(quorate.getRound('lunch', 'latest'));
  const explanation = await ok(quorate.explainRound('lunch', 1));
  const late = await quorate.propose('lunch', group.round, 'bob', { value: 'salad' });
  const missing = await ok(quorate.getGroup('dinner')).catch((error: HttpError) => error);
  return {
    complaints: refused.status === 400 ? refused.data.errors : [],
    outcomes,
    read,
    dissent: explanation.dissent?.map(({ value, agents }) => ({ value, agents })),
    late:
      late.status === 409 ? { code: late.data.code, fix: late.data.fix, was: late.data.round?.value } : late,
    missing: missing instanceof HttpError ? missing.status : missing,
  };
}
