import { hash } from 'node:crypto';
import type { Group } from '../../core/group/state.ts';
import type { Event } from '../../core/result.ts';
import { viewGroupRow } from '../../core/view/group-row.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, type Caller, callerOf } from '../edge/access.ts';
import { countIn, prefixIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import { jsonType, type Request, type Response } from '../route.ts';
import type { Router } from '../router.ts';
import { hasAlready, sendUnchanged } from './conditional.ts';
import { listGroups } from './groups.api.ts';
import { waitFor } from './propose.ts';

/** The groups, page by page, each with how its latest round stands; a caller that has a page can wait until it is another. [Q6.15] */

/** By which those who wait for a page are woken: no group has this name. */
const anyGroup = '*';

interface Wanted {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

interface List {
  readonly body: string;
  readonly next: string | null;
  /** The same for the same groups at the same revisions, on every server. */
  readonly tag: string;
  /** Whether it may be another by now. */
  readonly isOld: () => boolean;
}

/** The result ends listening to the replica. */
export function groupListRoute(
  router: Router,
  replica: Replica,
  access: Access,
  reading: Reading,
): () => void {
  const { state, waiters, surroundings } = replica;
  /** Grows with all that may change which groups a list holds. */
  let changes = 0;

  router.on('GET', '/v1/groups', listGroups, async (request, response) => {
    const caller = callerOf(request);
    access.administer(caller);
    const wanted = wantedIn(request);
    const ends = surroundings.elapsed() + waitFor(request, response);
    await reading.fresh(request, response);
    for (;;) {
      const list = await listed(wanted, caller, response);
      if (!hasAlready(request, list.tag)) return send(response, list);
      const limit = { ms: ends - surroundings.elapsed(), caller: response.raw };
      const isOld = (): true | undefined => list.isOld() || undefined;
      if (!(await waiters.wait(anyGroup, 'change', isOld, () => false, limit)))
        return sendUnchanged(response, list.tag);
      access.administer(caller);
    }
  });

  async function listed(wanted: Wanted, caller: Caller, response: Response): Promise<List> {
    const { prefix, after, limit } = wanted;
    reading.looked(response);
    const { index } = state;
    const from = after === undefined ? undefined : state.groups.get(after);
    if (after !== undefined && (from === undefined || !access.mayRead(from, caller)))
      throw new Problem('group-not-found', 'after must name a group of the list');
    const before = changes;
    const revisions: number[] = [];
    const page = await reading.pages.of({
      items: readableFrom(wanted, caller),
      limit,
      write: (group) => {
        revisions.push(group.revision);
        return JSON.stringify(viewGroupRow(group, index));
      },
      caller: response.raw,
    });
    const rows = page.listed.map(({ name }, i) => ({ name, revision: revisions[i] as number }));
    const next = page.more ? (rows.at(-1)?.name ?? null) : null;
    const rest = prefix === '' ? `limit=${limit}` : `limit=${limit}&prefix=${prefix}`;
    return {
      body: `{"groups":[${page.texts.join(',')}],"next":${JSON.stringify(next)},"index":${index}}`,
      next: next === null ? null : `/v1/groups?after=${next}&${rest}`,
      tag: hash('sha256', JSON.stringify([rows, next]), 'base64url').slice(0, 22),
      isOld: () =>
        changes !== before ||
        rows.some(({ name, revision }) => state.groups.get(name)?.revision !== revision),
    };
  }

  /** In order of creation, so that paging sees each group once while others are being made; null for one passed over. */
  function* readableFrom({ prefix, after }: Wanted, caller: Caller): Generator<Group | null> {
    let skipping = after !== undefined;
    for (const name of state.groups.keys()) {
      const group = skipping || !name.startsWith(prefix) ? undefined : state.groups.get(name);
      if (name === after) skipping = false;
      yield group !== undefined && access.mayRead(group, caller) ? group : null;
    }
  }

  /** Whether somebody's list may hold other groups from now on: one came or went, or others may read it. */
  function mayChangeLists({ round, agent, group }: Event): boolean {
    if (round !== null) return false;
    return agent === null || state.groups.get(group)?.settings.admission !== 'open';
  }

  return replica.listen(({ events }) => {
    if (events.length === 0) return;
    changes += events.filter(mayChangeLists).length;
    waiters.wake(anyGroup, false);
  });
}

function wantedIn(request: Request): Wanted {
  const limit = countIn(request, 'limit', 1, 1000) ?? 100;
  return { prefix: prefixIn(request), after: request.query.after?.toString(), limit };
}

function send(response: Response, { body, next, tag }: List): void {
  if (next !== null) response.next(next);
  response.header('etag', `"${tag}"`).send(jsonType, body);
}
