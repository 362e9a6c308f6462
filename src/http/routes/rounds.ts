import type { Group } from '../../core/group/state.ts';
import type { Refusal, Result } from '../../core/result.ts';
import { explain } from '../../core/view/explain.ts';
import type { ProblemJson, RoundJson } from '../../core/view/json-types.ts';
import { viewRound } from '../../core/view/view.ts';
import type { Replica } from '../../replica/replica.ts';
import { prefers } from '../accept.ts';
import { type Access, type Caller, callerOf, noSuchGroup } from '../edge/access.ts';
import {
  bodyObject,
  countIn,
  deadlineIn,
  type Fields,
  idempotencyKey,
  nameIn,
  reasonIn,
  revisionCondition,
  roundIn,
} from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import { jsonType, type Request, type Response } from '../route.ts';
import type { Router } from '../router.ts';
import { acting } from './acting.ts';
import { hasAlready, sendUnchanged } from './conditional.ts';
import { csvType, roundTable } from './csv.ts';
import { proposal, roundNamed, taken, waitFor } from './propose.ts';
import { type Answer, answers, notKept, numberOf, sendRound, type Which, whichIn } from './round-answers.ts';
import * as api from './rounds.api.ts';

/** Rounds: propose and wait, read, follow, ask for the next one; close, set the deadline and waive by hand. */

export function roundRoutes(router: Router, replica: Replica, access: Access, reading: Reading): void {
  const shown = answers();
  const act = acting(replica, access, reading);

  router.on('PUT', '/v1/groups/:group/rounds/:round/proposals/:agent', api.propose, (request, response) => {
    const { agent, round } = request.params;
    const fields = bodyObject(request.body, ['value', 'abstain', 'seq', 'note']);
    return proposeAndWait(request, response, fields, agent, roundIn(round));
  });

  router.on('POST', '/v1/groups/:group/proposals', api.proposeInOpenRound, async (request, response) => {
    const fields = bodyObject(request.body, ['agent', 'round', 'value', 'abstain', 'seq', 'note']);
    return proposeAndWait(request, response, fields, fields.agent, roundNamed(fields));
  });

  router.on('GET', '/v1/groups/:group/rounds/:round', api.getRound, async (request, response) => {
    const number = whichIn(request);
    const after = countIn(request, 'after', 0, Number.MAX_SAFE_INTEGER);
    const ms = waitFor(request, response);
    const { name, caller } = await reading.group(request, response);
    const look = (): Answer => {
      reading.looked(response);
      return find(name, number, caller);
    };
    const send = async (answer: Answer): Promise<void> => {
      const { revision } = answer;
      if (hasAlready(request, revision)) sendUnchanged(response, revision);
      else await reply(response, answer);
    };
    if (after === null && ms === 0) return send(look());
    // A cursor beyond the group's revision is of an earlier group of this name: the reader starts anew.
    const moved = (): Answer | undefined => {
      const { revision } = access.readable(replica.state, name, caller);
      const answer = look();
      if (after === null) return answer.waiting ? undefined : answer;
      return answer.revision > after || after > revision ? answer : undefined;
    };
    // Without a cursor a reader waits for the close; with one, for any change of the round.
    const kind = after === null ? 'close' : 'change';
    return send(await replica.waiters.wait(name, kind, moved, look, { ms, caller: response.raw }));
  });

  router.on('GET', '/v1/groups/:group/rounds/:round/explain', api.explainRound, async (request, response) => {
    const which = request.params.round;
    const { group, name } = await reading.group(request, response);
    const { index } = replica.state;
    const number = which === 'open' || which === 'latest' ? group.round : roundIn(which);
    const explanation = explain(group, number);
    if (explanation === null)
      throw new Problem('round-not-kept', `round ${number} of group ${name} is not kept`, { index });
    response.json({ ...explanation, index });
  });

  router.on('GET', '/v1/groups/:group/rounds', api.listRounds, async (request, response) => {
    const limit = countIn(request, 'limit', 1, 1000) ?? 20;
    const before = countIn(request, 'before', 1, Number.MAX_SAFE_INTEGER) ?? Infinity;
    const { group, name } = await reading.group(request, response);
    const { index } = replica.state;
    const asCsv = prefers(request, 'text/csv');
    const newest = Math.min(group.round, before - 1);
    const page = await reading.pages.of({
      items: roundsFrom(group, newest, index),
      limit,
      write: asCsv ? roundTable.row : JSON.stringify,
      caller: response.raw,
    });
    const next = page.more ? (page.listed.at(-1)?.round ?? null) : null;
    response.header('vary', 'accept');
    if (next !== null) response.next(`/v1/groups/${name}/rounds?before=${next}&limit=${limit}`);
    if (asCsv) response.send(csvType, roundTable.head + page.texts.join(''));
    else response.send(jsonType, `{"rounds":[${page.texts.join(',')}],"next":${next},"index":${index}}`);
  });

  router.on('POST', '/v1/groups/:group/rounds', api.openRound, async (request, response) => {
    const caller = callerOf(request);
    const group = nameIn('group', request.params.group);
    const round = roundNamed(bodyObject(request.body === undefined ? {} : request.body, ['round']));
    await replica.barrier();
    access.manage(replica.state.groups.get(group), group, caller, replica.state);
    const { answer, opened } = await replica.submit({ type: 'open-round', group, round }, (result) => ({
      answer: answered(group, caller, result),
      opened: result.ok && result.did === 'opened',
    }));
    return reply(response, answer, opened ? 201 : 200);
  });

  router.on('POST', '/v1/groups/:group/rounds/:round/close', api.closeRound, async (request, response) => {
    const ifRevision = revisionCondition(request);
    const { caller, name, round, ...right } = await act(request);
    const command = { type: 'close-round', group: name, round, ifRevision, ...right } as const;
    return reply(response, await replica.submit(command, (result) => answered(name, caller, result)));
  });

  router.on('PATCH', '/v1/groups/:group/rounds/:round', api.setDeadline, async (request, response) => {
    const deadline = deadlineIn(bodyObject(request.body, ['deadline']));
    const ifRevision = revisionCondition(request);
    const { caller, name, round, ...right } = await act(request);
    const command = { type: 'set-deadline', group: name, round, deadline, ifRevision, ...right } as const;
    return reply(response, await replica.submit(command, (result) => answered(name, caller, result)));
  });

  router.on('PUT', '/v1/groups/:group/rounds/:round/waivers/:agent', api.waive, async (request, response) => {
    const agent = nameIn('agent', request.params.agent);
    const reason = reasonIn(bodyObject(request.body, ['reason']));
    const { caller, name, round, ...right } = await act(request);
    const command = { type: 'waive', group: name, round, agent, reason, ...right } as const;
    const { answer, isNew } = await replica.submit(command, (result) => ({
      answer: answered(name, caller, result),
      isNew: result.ok && result.did === 'waived',
    }));
    return reply(response, answer, isNew ? 201 : 200);
  });

  async function proposeAndWait(
    request: Request,
    response: Response,
    fields: Fields,
    agent: unknown,
    round: number | null,
  ): Promise<void> {
    const caller = callerOf(request);
    const key = idempotencyKey(request);
    const command = proposal({ group: request.params.group, agent, round, fields, caller, key });
    const name = command.group;
    const ms = waitFor(request, response);
    const { status, answer } = await replica.submit(command, (result, state) => {
      const decided = round === null && !result.ok ? decidedBy(state.groups.get(name), result) : null;
      if (decided !== null) {
        response.header('quorate-proposal', 'not-counted');
        return { status: 200, answer: decided };
      }
      if (!result.ok) throw access.refused(result, state, name, caller);
      // Looked up once: a group that is deleted closes its last round for that reason, which the waiter is to see.
      const group = state.groups.get(name) as Group;
      const { status, number } = taken(result);
      const now = (): Answer => kept(group, number, replica.state.index, { outcome: 'unknown' });
      // A caller that waits for the close gets the round as it is then.
      if (ms === 0 || group.open?.number !== number) return { status, answer: now() };
      // The wait begins inside the submit: the very next entry may close this round and drop it.
      const closed = (): Answer | undefined => (group.open?.number === number ? undefined : now());
      return {
        status,
        answer: replica.waiters.wait(name, 'close', closed, now, { ms, caller: response.raw }),
      };
    });
    return reply(response, await answer, status);
  }

  /** Sends a round, a large one when it is its turn. */
  async function reply(response: Response, answer: Answer, status = 200): Promise<void> {
    if (answer.large) await reading.pages.turn();
    sendRound(response, answer, status);
  }

  /** The outcome that a proposal to the open round comes too late for; null where it was refused for another reason. [Q3.8] */
  function decidedBy(group: Group | undefined, { code }: Refusal): Answer | null {
    if (group?.status !== 'decided' || code !== 'no-open-round') return null;
    return kept(group, group.round, replica.state.index);
  }

  /** The round a command was about, right after the command took effect; throws its refusal. */
  function answered(name: string, caller: Caller, result: Result): Answer {
    if (!result.ok) throw access.refused(result, replica.state, name, caller);
    return find(name, 'round' in result ? result.round : 0, null);
  }

  /** A round as this caller may see it; `caller` is null where its right was checked already. */
  function find(name: string, which: Which, caller: Caller | null): Answer {
    const { state } = replica;
    const group = caller === null ? state.groups.get(name) : access.readable(state, name, caller);
    if (group === undefined) throw noSuchGroup(name, state.index);
    return kept(group, numberOf(group, which, state.index), state.index);
  }

  /** A round of the group. Throws a Problem, with what is known of the call, where the round is no longer kept. */
  function kept(group: Group, number: number, index: number, outcome: Partial<ProblemJson> = {}): Answer {
    const answer = shown.round(group, number, index);
    if (answer === null) throw notKept(number, index, outcome);
    return answer;
  }
}

/** The rounds that are kept, newest first; shown one at a time, since each may be large. */
function* roundsFrom(group: Group, newest: number, index: number): Generator<RoundJson> {
  for (let number = newest; number >= 1; number -= 1) {
    const round = viewRound(group, number, index);
    if (round === null) return;
    yield round;
  }
}
