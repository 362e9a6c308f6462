import type { Group, Member } from '../../core/group/state.ts';
import { viewMember } from '../../core/view/stream.ts';
import type { Replica } from '../../replica/replica.ts';
import { countIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import { jsonType } from '../route.ts';
import type { Router } from '../router.ts';
import { getView } from './view.api.ts';

/** The view in force: the members that are live, page by page. [Q9.3] */

export function viewRoutes(router: Router, { state }: Replica, reading: Reading): void {
  router.on('GET', '/v1/groups/:group/view', getView, async (request, response) => {
    const limit = countIn(request, 'limit', 1, 10_000) ?? 1000;
    const after = request.query.after?.toString();
    const { group, name } = await reading.group(request, response);
    const { members, leases, revision, stream } = group;
    const { index } = state;
    if (after !== undefined && !members.has(after))
      throw new Problem('agent-not-found', 'after must name an agent of the list', { index });
    const about = { total: leases.size, revision, index };
    const { view } = stream;
    // Taken at once: while a long page is written members may come and go, and it would show a view that there never was.
    const page = await reading.pages.of({
      items: liveFrom(members, after, limit + 1),
      limit,
      write: (member) => JSON.stringify(viewMember(member)),
      caller: response.raw,
    });
    const next = page.more ? (page.listed.at(-1)?.agent ?? null) : null;
    if (next !== null) response.next(`/v1/groups/${name}/view?after=${next}&limit=${limit}`);
    const rest = JSON.stringify({ next, ...about }).slice(1);
    response.send(jsonType, `{"group":"${name}","view":${view},"members":[${page.texts.join(',')}],${rest}`);
  });
}

/** The first so many who are live, in order of joining. */
function liveFrom(members: Group['members'], after: string | undefined, most: number): Member[] {
  const live: Member[] = [];
  let skipping = after !== undefined;
  for (const member of members.values()) {
    if (!skipping && member.live) live.push(member);
    if (live.length === most) break;
    if (member.agent === after) skipping = false;
  }
  return live;
}
