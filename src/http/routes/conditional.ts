import type { FastifyReply, FastifyRequest } from 'fastify';

/** Whether the caller has this revision already: `If-None-Match`, by weak comparison. RFC 9110, 13.1.2. [Q6.9] */
export function hasAlready(request: FastifyRequest, revision: number): boolean {
  const sent = request.headers['if-none-match'];
  if (sent === undefined) return false;
  return sent.split(',').some((tag) => {
    const known = tag.trim();
    return known === '*' || known.replace(/^W\//, '') === `"${revision}"`;
  });
}

export function sendUnchanged(reply: FastifyReply, revision: number): FastifyReply {
  return reply
    .code(304)
    .headers({ etag: `"${revision}"`, 'cache-control': 'no-store' })
    .send();
}
