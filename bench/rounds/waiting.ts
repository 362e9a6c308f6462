import { makeGroups } from '../load/groups.ts';
import { HttpConnection, request } from './http.ts';
import type { Voter } from './rounds.ts';

/** Agents that propose and wait: one request, answered when the round is over. */
export async function waitingAgents(url: string): Promise<Voter[]> {
  await makeGroups(url, ['rounds']);
  return [1, 2, 3].map((id) => {
    const connection = new HttpConnection(url);
    return {
      async vote(round) {
        const path = `/v1/groups/rounds/rounds/${round}/proposals/agent-${id}?wait=30s`;
        const answer = await connection.ask(request('PUT', path, `{"value": ${id}}`));
        if (!answer.includes('"FAILED"')) throw new Error(`round ${round}: ${answer}`);
        return 1;
      },
      close: () => connection.close(),
    };
  });
}
