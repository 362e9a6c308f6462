import { HttpConnection, request } from './http.ts';
import type { Voter } from './rounds.ts';

/** Clients of the classroom's exercise, without identity: they post a number and ask for the state until the round is over. */
export function pollingClients(url: string): Voter[] {
  return [1, 2, 3].map((id) => {
    const connection = new HttpConnection(url);
    const post = request('POST', '/number', `{"number": ${id}}`);
    const get = request('GET', `/state/${id}`);
    return {
      async vote() {
        await connection.ask(post);
        for (let requests = 2; ; requests += 1)
          if (!(await connection.ask(get)).includes('WAITING')) return requests;
      },
      close: () => connection.close(),
    };
  });
}
