import type { Request, Response } from '../route.ts';

/** Whether the caller has what this tag, or revision, stands for already: `If-None-Match`, by weak comparison. RFC 9110, 13.1.2. [Q6.9] */
export function hasAlready(request: Request, tag: number | string): boolean {
  const sent = request.headers['if-none-match'];
  if (sent === undefined) return false;
  return sent.split(',').some((one) => {
    const known = one.trim();
    return known === '*' || known.replace(/^W\//, '') === `"${tag}"`;
  });
}

export function sendUnchanged(response: Response, tag: number | string): void {
  response.status = 304;
  response.header('etag', `"${tag}"`).empty();
}
