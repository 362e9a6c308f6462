import { createMcpHandler } from '@modelcontextprotocol/server';
import type { Seats } from './seats.ts';
import { toolServer } from './server.ts';

/**
 * Answers one request of a client over streamable HTTP: a message of the protocol, in either of its versions. `body` is what the
 * request carries, read before. Rejects when something went wrong that the caller cannot help.
 */
export async function answerOverHttp(seats: Seats, request: Request, body: unknown): Promise<Response> {
  let failure: Error | null = null;
  const { fetch } = createMcpHandler(() => toolServer(seats), {
    // Nothing that one could subscribe to ever changes.
    maxSubscriptions: 0,
    onerror: (error) => {
      failure = error;
    },
  });
  const answer = await fetch(request, { parsedBody: body });
  if (answer.status === 500 && failure !== null) throw failure;
  return answer;
}
