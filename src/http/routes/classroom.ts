import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { tellingFor } from '../../core/group/classroom.ts';
import { isName, seatPrefix } from '../../core/limits.ts';
import type { Accepted, Result } from '../../core/result.ts';
import type { Settings } from '../../core/types.ts';
import type { Replica } from '../../replica/replica.ts';
import { bodyObject, canonicalValue, idempotencyKey } from '../input.ts';
import { Problem } from '../problem.ts';
import { refused } from '../refused.ts';
import type { Request, Response } from '../route.ts';
import type { Router } from '../router.ts';
import * as api from './classroom.api.ts';
import { classroomGroup, classroomSettings, makeClassroom } from './classroom-group.ts';

/** The classroom's two routes, byte for byte as its clients know them. [Q2] */

/** `settings`: in what shape the group is made anew where somebody has deleted it. [Q2.11] */
export function classroomRoutes(
  router: Router,
  replica: Replica,
  settings: Settings = classroomSettings(),
): void {
  router.on('POST', '/number', api.postNumber, async (request, response) => {
    const fields = bodyObject(request.body, null);
    if (typeof fields.number !== 'number') {
      throw new Problem(
        'invalid-number',
        'the body must be {"number": n} with a JSON number, not a string or anything else',
      );
    }
    const id = identity(request, fields.id);
    const command = {
      type: 'propose',
      group: classroomGroup,
      round: null,
      agent: id === null ? null : agentNamed(id),
      value: canonicalValue(fields.number),
      seq: null,
      tokenHash: null,
      key: idempotencyKey(request),
    } as const;
    const propose = () =>
      replica.submit(command, (result, { index }) =>
        isMissing(result) ? null : { ...accepted(result, replica, index), index },
      );
    let taken = await propose();
    for (; taken === null; taken = await propose()) await makeClassroom(replica, settings);
    if (taken.did === 'repeated') response.header('quorate-repeated', 'true');
    response
      .header('quorate-index', String(taken.index))
      .header('quorate-round', String('round' in taken ? taken.round : ''))
      .empty();
  });

  // HEAD would use up the one time that a reader is shown the outcome.
  router.route({
    method: 'GET',
    path: '/state/:id',
    operation: api.getState,
    head: false,
    handle: async (request, response) => {
      const reader = agentNamed(request.params.id);
      await replica.barrier();
      const group = replica.state.groups.get(classroomGroup);
      if (group === undefined) return sendState(response, 'WAITING', replica.state.index);
      const { id } = request.params;
      // Also percent-encoded as in the path: a header cannot hold every text.
      const identified = [id, encodeURIComponent(id)].includes(String(request.headers['x-agent-id'] ?? ''));
      const telling = tellingFor(group, reader, identified);
      if (!telling.isNew) return sendState(response, telling.state, replica.state.index);
      const command = { type: 'tell', group: classroomGroup, reader, identified } as const;
      const told = await replica.submit(command, (result, state) => {
        if (!isMissing(result)) accepted(result, replica, state.index);
        return { state: result.ok && result.did === 'told' ? result.state : 'WAITING', index: state.index };
      });
      return sendState(response, told.state, told.index);
    },
  });
}

function sendState(response: Response, state: string, index: number): void {
  response.header('quorate-index', String(index)).json({ state });
}

function isMissing(result: Result): boolean {
  return !result.ok && result.code === 'group-not-found';
}

function accepted(result: Result, replica: Replica, index: number): Accepted {
  if (!result.ok) throw refused(result, replica.state.groups.get(classroomGroup), index);
  return result;
}

/** The agent that a post names by the header X-Agent-Id or the member "id"; null for an anonymous one. */
function identity(request: Request, id: unknown): string | null {
  const header = headerText(request.headers['x-agent-id']);
  const member = id === undefined || id === null ? null : id;
  if (member !== null && (member === '' || (typeof member !== 'string' && typeof member !== 'number'))) {
    throw new Problem('invalid-request', 'the id must be a text or a number');
  }
  if (header === '') return member === null ? null : String(member);
  if (member !== null && String(member) !== header) {
    throw new Problem('invalid-request', 'the header X-Agent-Id and the member id name different agents');
  }
  return header;
}

/** Node gives each byte of a header as one character: the text is what those bytes are as UTF-8. */
function headerText(header: string | string[] | undefined): string {
  const bytes = Buffer.from(String(header ?? ''), 'latin1');
  if (!isUtf8(bytes))
    throw new Problem(
      'invalid-request',
      'X-Agent-Id is not UTF-8: send it as UTF-8, or as the member id of the body',
    );
  return bytes.toString('utf8');
}

/**
 * Any id as an agent's name. Names stay as they are; anything else is written out in hexadecimal behind `x-`,
 * or as a hash where that would be too long, so that different ids never meet.
 */
export function agentNamed(id: string): string {
  if (isName(id) && !id.startsWith('x-') && !id.startsWith(seatPrefix)) return id;
  const hex = Buffer.from(id, 'utf8').toString('hex');
  if (hex.length <= 62) return `x-${hex}`;
  return `x-h${createHash('sha256').update(id).digest('hex').slice(0, 61)}`;
}
