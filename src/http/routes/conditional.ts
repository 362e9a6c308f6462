import type { Request, Response } from '../route.ts';

/** Whether the caller has this revision already: `If-None-Match`, by weak comparison. RFC 9110, 13.1.2. [Q6.9] */
export function hasAlready(request: Request, revision: number): boolean {
  const sent = request.headers['if-none-match'];
  if (sent === undefined) return false;
  return sent.split(',').some((tag) => {
    const known = tag.trim();
    return known === '*' || known.replace(/^W\//, '') === `"${revision}"`;
  });
}

export function sendUnchanged(response: Response, revision: number): void {
  response.status = 304;
  response.header('etag', `"${revision}"`).empty();
}
