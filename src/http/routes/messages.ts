import { speakerOf } from '../../core/group/members.ts';
import { messageAt, type Reader } from '../../core/group/messages.ts';
import type { Group } from '../../core/group/state.ts';
import type { Message } from '../../core/group/stream.ts';
import type { StabilityJson } from '../../core/view/json-types.ts';
import {
  explainMessage,
  isWithheld,
  viewStability,
  viewWhole,
  viewWithheld,
} from '../../core/view/stream.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, type Caller, callerOf } from '../edge/access.ts';
import type { Shares } from '../edge/shares.ts';
import { idempotencyKey, nameIn, offsetIn } from '../input.ts';
import type { Reading } from '../reading.ts';
import type { Router } from '../router.ts';
import { messageIn } from './message-body.ts';
import * as api from './messages.api.ts';
import { waitFor } from './propose.ts';

/** Messages one by one: say one, read one, and how far it is acknowledged. [Q9.5] [Q9.10] */

export interface MessageParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly reading: Reading;
  readonly shares: Shares;
}

/** A message where it was found. */
interface Found {
  readonly group: Group;
  readonly message: Message;
}

export function messageRoutes(router: Router, { replica, access, reading, shares }: MessageParts): void {
  const { state, waiters } = replica;
  const path = '/v1/groups/:group/messages';

  router.on('POST', path, api.say, async (request, response) => {
    const caller = callerOf(request);
    const name = nameIn('group', request.params.group);
    const ms = waitFor(request, response);
    const key = idempotencyKey(request);
    const said = messageIn(request.body);
    const command = { type: 'say', group: name, tokenHash: caller.hash, key, ...said } as const;
    const known = state.groups.get(name);
    const sender = known === undefined ? null : speakerOf(known, caller.hash);
    const refused = sender === null ? null : shares.tooTalkative(request, response, name, sender);
    if (refused !== null) throw refused;
    const { status, found } = await replica.submit(command, (result) => {
      if (!result.ok) throw access.refused(result, state, name, caller);
      const group = state.groups.get(name) as Group;
      const message = group.stream.at('offset' in result ? result.offset : 0) as Message;
      const found: Found = { group, message };
      const status = result.did === 'said' ? 201 : 200;
      if (ms === 0 || message.ackBy === null) return { status, found };
      // The wait begins inside the submit: the very next entry may let go of the message. It was said all the same.
      const settled = (): Found | undefined =>
        isPending(found) && isKept(found) && access.mayRead(group, caller) ? undefined : found;
      const limit = { ms, caller: response.raw };
      return { status, found: waiters.wait(name, 'item', settled, () => found, limit) };
    });
    const { group, message } = await found;
    const { offset, view, index, ackBy } = message;
    // A repeat has its first answer whoever may read by now; how others went on is for readers of the group.
    const isShown = ackBy !== null && access.mayRead(group, caller);
    const stability = isShown ? await stabilityOf({ group, message }) : {};
    response.status = status;
    response.json({ group: name, offset, view, index, ...stability });
  });

  router.on('GET', `${path}/:offset`, api.getMessage, async (request, response) => {
    const offset = offsetIn(request.params.offset);
    const ms = waitFor(request, response);
    const { name, caller } = await reading.group(request, response);
    const look = (): Found => find(name, offset, caller);
    // How far a message is acknowledged that is withheld shows neither in an answer nor in its moment.
    const settled = (): Found | undefined => {
      const found = look();
      return isPending(found) && !isHidden(found, caller) ? undefined : found;
    };
    const limit = { ms, caller: response.raw };
    const found = await waiters.wait(name, 'item', settled, look, limit);
    // The item's own index says where it was said.
    response.header('quorate-index', String(state.index));
    if (isHidden(found, caller)) return response.json(viewWithheld(found.message));
    response.json({ ...viewWhole(found.message), ...(await stabilityOf(found)) });
  });

  router.on('GET', `${path}/:offset/explain`, api.explainMessage, async (request, response) => {
    const offset = offsetIn(request.params.offset);
    const { name, caller } = await reading.group(request, response);
    const found = find(name, offset, caller);
    const { index } = state;
    if (isHidden(found, caller)) {
      response.header('quorate-index', String(index));
      return response.json(viewWithheld(found.message));
    }
    const stability = await stabilityOf(found);
    const explain = explainMessage(found.group, found.message);
    response.json({ group: name, offset, explain, ...stability, index });
  });

  /** The message at an offset. Throws a Problem where there is none, or it is no longer kept. */
  function find(name: string, offset: number, caller: Caller): Found {
    const group = access.readable(state, name, caller);
    const message = messageAt(group, offset);
    if ('ok' in message) throw access.refused(message, state, name, caller);
    return { group, message };
  }

  function isHidden({ group, message }: Found, caller: Caller): boolean {
    const reader: Reader = { tokenHash: caller.hash, isManager: access.isManager(group, caller) };
    return isWithheld(group, message, reader);
  }

  function isPending({ message }: Found): boolean {
    return message.acknowledgements?.state === 'pending';
  }

  function isKept({ group, message }: Found): boolean {
    return state.groups.get(group.name) === group && group.stream.at(message.offset) === message;
  }

  /** How far a message is acknowledged; in a large group it is looked who is waited for when it is the caller's turn. */
  async function stabilityOf({ group, message }: Found): Promise<StabilityJson> {
    if (message.ackBy !== null && group.members.size > manyMembers) await reading.pages.turn();
    return viewStability(group, message);
  }
}

/** Members that are looked at at once. */
const manyMembers = 1000;
