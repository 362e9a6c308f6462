import type { Request } from './route.ts';

/** The media type of server-sent events. */
export const eventStream = 'text/event-stream';

/** Whether the caller asks for this media type by name, in `Accept`, and does not like JSON better. RFC 9110, 12.5.1 */
export function prefers({ headers }: Pick<Request, 'headers'>, type: string): boolean {
  const { accept } = headers;
  if (accept === undefined) return false;
  const ranges = accept.toLowerCase().split(',').map(rangeOf);
  const weight = (...wanted: readonly string[]): number =>
    wanted.map((one) => ranges.find((range) => range.type === one)).find((range) => range)?.q ?? 0;
  const asked = weight(type);
  return asked > 0 && asked >= weight('application/json', 'application/*', '*/*');
}

function rangeOf(text: string): { readonly type: string; readonly q: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return { type, q: q === undefined ? 1 : Number(q.slice(2)) || 0 };
}
