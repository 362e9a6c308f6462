import type { ErrorCode } from '../core/errors.ts';
import { namesOf, type RequestNames } from './edge/trace.ts';
import type { Request, Response } from './route.ts';

/** What goes around the answer to a request, such as a report of it or a trace; it calls `answer` once, at once. */
export type Around = (request: Request, response: Response, answer: () => void) => void;

/** A request that is over. Its path and query stay out of it: only the route is known to hold nothing that somebody sent. */
export interface Answered extends RequestNames {
  readonly method: string;
  /** The path of the route, such as `/v1/groups/:group`; null where none matched. */
  readonly route: string | null;
  readonly status: number;
  /** Of the problem that was sent. */
  readonly code?: ErrorCode | undefined;
  /** The group, when there is one of that name. */
  readonly group?: string | undefined;
  readonly ms: number;
  /** Whether all of the response was sent. */
  readonly isWhole: boolean;
}

/** The second goes around within the first. */
export function both(outer: Around, inner: Around): Around {
  return (request, response, answer) => outer(request, response, () => inner(request, response, answer));
}

/** Calls back when each request is over. */
export function reported(report: (answered: Answered) => void, isGroup: (name: string) => boolean): Around {
  return (request, response, answer) => {
    response.raw.once('close', () => {
      const { group } = request.params;
      report({
        method: request.raw.method ?? '',
        route: request.route.path === '' ? null : request.route.path,
        status: response.status,
        code: response.problem ?? undefined,
        group: group !== undefined && isGroup(group) ? group : undefined,
        ms: Math.round((performance.now() - request.began) * 100) / 100,
        isWhole: response.raw.writableFinished,
        ...namesOf(request),
      });
    });
    answer();
  };
}
