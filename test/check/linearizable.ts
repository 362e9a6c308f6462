import type { Json, Rule } from '../../src/core/types.ts';
import { settingsOf } from '../harness/entries.ts';
import { judge } from '../judge/judge.ts';
import type { Exchange } from '../sim/evidence.ts';
import type { Plan } from '../sim/plan.ts';
import { isCounted } from './answers.ts';

/**
 * Whether what the callers of one group saw can be put into one order that respects real time, as if each call had
 * taken effect at one instant. Looks at no index: the order is searched for (Wing and Gong, with Lowe's memory). Only
 * for plain groups: a size, a threshold above half of it, exact values, no timers.
 */
/** One call. Times are any numbers that grow; `completed` is Infinity for one whose outcome nobody knows. */
export type CallSeen = { readonly id: number; readonly invoked: number; readonly completed: number } & (
  | {
      readonly kind: 'propose';
      /** Null: whichever is open. */
      readonly round: number | null;
      readonly agent: string;
      /** Null: an abstention. */
      readonly value: string | null;
      readonly key: string | null;
      /** `proposed`, `repeated`, the code of a refusal, or null where no answer came. */
      readonly result: string | null;
    }
  | {
      readonly kind: 'view';
      readonly round: number;
      readonly state: string;
      readonly value: string | null;
      readonly present: number;
      /** What the round was at that instant, besides its number. */
      readonly as: 'open' | 'latest' | 'any';
      /** The call whose answer this is a part of, which took effect before. */
      readonly after: number | null;
    }
  | { readonly kind: 'absent'; readonly what: 'open' | number }
);

export type Verdict =
  | { readonly ok: true; readonly decided: boolean }
  | { readonly ok: false; readonly text: string };

interface Model {
  readonly closed: readonly Closed[];
  readonly open: ReadonlyMap<string, string | null> | null;
  readonly keys: ReadonlyMap<
    string,
    { readonly round: number; readonly agent: string; readonly value: string | null }
  >;
}

interface Closed {
  readonly state: string;
  readonly value: string | null;
  readonly ballots: ReadonlyMap<string, string | null>;
}

/** Configurations looked at before the search is given up undecided. */
const patience = 20_000;

export function isLinearizable(plan: Plan, calls: readonly CallSeen[]): Verdict {
  return search(settingsOf(plan.groups[0]?.settings as Json).rule, calls);
}

export function search(rule: Rule, calls: readonly CallSeen[]): Verdict {
  const start: Model = { closed: [], open: new Map(), keys: new Map() };
  const seen = new Set<string>();
  let longest = calls.length;
  let stuck = '';
  let steps = 0;

  const from = (model: Model, before: readonly CallSeen[]): boolean => {
    steps += 1;
    if (steps > patience) return true;
    const left = withoutEffectless(rule, model, before);
    const required = left.filter(({ completed }) => completed !== Infinity);
    if (required.length === 0) return true;
    const configuration = `${left.map(({ id }) => id).join()} ${describe(model)}`;
    if (seen.has(configuration)) return false;
    seen.add(configuration);
    const candidates = ready(left);
    if (required.length < longest) {
      longest = required.length;
      stuck = candidates.map((call) => JSON.stringify(call)).join('; ');
    }
    for (const call of candidates) {
      if (call.kind !== 'propose') continue;
      const step = propose(rule, model, call);
      if (step.model === null || (call.result !== null && call.result !== step.result)) continue;
      const rest = left.filter((one) => one !== call);
      if (from(step.model, rest)) return true;
    }
    return false;
  };
  if (from(start, calls)) return { ok: true, decided: steps <= patience };
  return {
    ok: false,
    text: `no order explains what was seen; at the farthest none of these fits: ${stuck.slice(0, 900)}`,
  };
}

/** Calls that may be next: none that is left was over before they began. */
function ready(left: readonly CallSeen[]): readonly CallSeen[] {
  let first = Infinity;
  for (const { completed } of left) first = Math.min(first, completed);
  return left.filter(
    (call) => call.invoked < first && !(call.kind === 'view' && left.some(({ id }) => id === call.after)),
  );
}

/** Takes out every call that fits here and changes nothing: it can never fit better later. */
function withoutEffectless(rule: Rule, model: Model, calls: readonly CallSeen[]): readonly CallSeen[] {
  let left = calls;
  for (;;) {
    const fitting = new Set(ready(left).filter((call) => fitsWithoutEffect(rule, model, call)));
    if (fitting.size === 0) return left;
    left = left.filter((call) => !fitting.has(call));
  }
}

function fitsWithoutEffect(rule: Rule, model: Model, call: CallSeen): boolean {
  const latest = model.closed.length + (model.open === null ? 0 : 1);
  switch (call.kind) {
    case 'propose': {
      const step = propose(rule, model, call);
      return step.model === null && call.result !== null && call.result === step.result;
    }
    case 'absent':
      return call.what === 'open' ? model.open === null : call.what > latest;
    case 'view': {
      if (call.as === 'open' && (model.open === null || call.round !== latest)) return false;
      if (call.as === 'latest' && call.round !== latest) return false;
      const closed = model.closed[call.round - 1];
      if (closed !== undefined)
        return (
          call.state === closed.state && call.value === closed.value && call.present === closed.ballots.size
        );
      return call.round === latest && call.state === 'WAITING' && call.present === model.open?.size;
    }
  }
}

/** What a proposal does: the model after it, or null where nothing changes, and its answer. */
function propose(
  rule: Rule,
  model: Model,
  call: Extract<CallSeen, { kind: 'propose' }>,
): { readonly model: Model | null; readonly result: string } {
  const { agent, value, key } = call;
  const used = key === null ? undefined : model.keys.get(`${agent} ${key}`);
  if (used !== undefined) {
    return { model: null, result: used.value === value ? 'repeated' : 'key-reused' };
  }
  const opened = model.closed.length + 1;
  const round = call.round ?? opened;
  if (model.open === null || round !== opened) {
    if (call.round === null) return { model: null, result: 'no-open-round' };
    const closed = model.closed[round - 1];
    if (closed === undefined) return { model: null, result: 'round-not-open' };
    const mine = closed.ballots.get(agent);
    return { model: null, result: mine !== undefined && mine === value ? 'repeated' : 'round-closed' };
  }
  const earlier = model.open.get(agent);
  const keys =
    key === null ? model.keys : new Map(model.keys).set(`${agent} ${key}`, { round, agent, value });
  if (earlier !== undefined) {
    if (earlier !== value) return { model: null, result: 'already-proposed' };
    // A key is bound to the proposal that it came with, also when that was counted before.
    return { model: key === null ? null : { ...model, keys }, result: 'repeated' };
  }
  const open = new Map(model.open).set(agent, value);
  const { size } = rule.electorate as { readonly size: number };
  if (open.size < size) return { model: { ...model, open, keys }, result: 'proposed' };
  const ballots = Array.from(open, ([one, cast]) => ({ agent: one, value: cast }));
  const verdict = judge(rule, { count: size, weight: size }, ballots);
  const winner = verdict.state === 'SUCCESS' ? (verdict.among[0] as string) : null;
  const outcome = { state: verdict.state, value: winner, ballots: open };
  const over = winner !== null && rule.next !== 'continuous';
  return {
    model: { closed: [...model.closed, outcome], open: over ? null : new Map(), keys },
    result: 'proposed',
  };
}

function describe({ closed, open, keys }: Model): string {
  const ballots = (map: ReadonlyMap<string, string | null>): string => [...map].map(String).sort().join(';');
  return `${closed.map((one) => ballots(one.ballots)).join('|')} ${open === null ? '-' : ballots(open)} ${[...keys.keys()].sort()}`;
}

/** The calls of a plain group from the requests that were made and the answers that arrived. */
export function opsOf(exchanges: readonly Exchange[]): CallSeen[] {
  const calls: CallSeen[] = [];
  for (const exchange of exchanges)
    if (exchange.process !== 'admin') calls.push(...callsOf(exchange, calls.length));
  return calls;
}

type Body = { readonly [name: string]: unknown };

function callsOf(exchange: Exchange, first: number): CallSeen[] {
  const { request, response, invoked, completed } = exchange;
  const [path = '', query = ''] = request.path.split('?', 2);
  const parts = path.split('/');
  const body = completed === null || response === null ? null : (JSON.parse(response.text) as Body);
  const interval = { invoked, completed: body === null ? Infinity : (completed as number) };
  const shown = (body !== null && 'code' in body ? body.round : body) as Body | null | undefined;
  const view = (id: number, as: 'open' | 'latest' | 'any', after: number | null): CallSeen[] => {
    if (!shown || typeof shown.present !== 'number') return [];
    const value = shown.state === 'SUCCESS' ? JSON.stringify(shown.value) : null;
    const { round, state, present } = shown as { round: number; state: string; present: number };
    return [{ id, ...interval, kind: 'view', round, state, value, present, as, after }];
  };
  if (request.method === 'GET') {
    const which = parts[5] ?? '';
    if (body === null || (response?.status ?? 0) >= 500) return [];
    if (body.code === 'no-open-round') return [{ id: first, ...interval, kind: 'absent', what: 'open' }];
    if (body.code === 'round-not-open')
      return [{ id: first, ...interval, kind: 'absent', what: Number(which) }];
    const atOnce = !query.includes('wait=') || query.includes('wait=0ms');
    return view(first, atOnce && (which === 'open' || which === 'latest') ? which : 'any', null);
  }
  const said = JSON.parse(request.body ?? '{}') as Body;
  const lost = body === null || body.outcome === 'unknown';
  const { status = 0 } = response ?? {};
  // Refused before it came to the log.
  if (body?.outcome === 'not-executed' && (status >= 500 || status === 429)) return [];
  const result = lost
    ? null
    : !isCounted(exchange)
      ? 'no-open-round'
      : response?.status === 201
        ? 'proposed'
        : response?.status === 200
          ? 'repeated'
          : String(body.code);
  const effect: CallSeen = {
    id: first,
    invoked,
    completed: lost ? Infinity : interval.completed,
    kind: 'propose',
    round: request.method === 'PUT' ? Number(parts[5]) : null,
    agent: request.method === 'PUT' ? String(parts[7]) : String(said.agent),
    value: said.value === undefined ? null : JSON.stringify(said.value),
    key: request.headers['idempotency-key'] ?? null,
    result,
  };
  return lost ? [effect] : [effect, ...view(first + 1, 'any', first)];
}
