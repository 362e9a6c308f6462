import { transportOf } from '../client/connect.ts';
import type { QuorateError } from '../client/errors.ts';
import type { Retry, Transport } from '../client/transport.ts';
import { placeOf } from './place.ts';

/** The server that this page came from: its own address, whatever path it has behind a proxy. */
export function serverAddress(): string {
  return location.origin + placeOf(location.pathname).base;
}

/** Whether asking the same again would be answered the same way. */
export const isFinal = ({ status }: QuorateError): boolean => [400, 401, 403, 404].includes(status);

export interface ReachOptions {
  /** Of the member who looks, or a group's key; null for everybody. */
  readonly token?: string | null;
  /** ms for which a call is tried again. */
  readonly retryFor?: number;
  readonly onRetry?: (retry: Retry) => void;
}

/** How a page calls its server. Groups made with one transport read what it has written. */
export function reach({ token, retryFor = 3000, onRetry }: ReachOptions = {}): Transport {
  return transportOf({
    url: serverAddress(),
    token: token ?? undefined,
    retryFor,
    ...(onRetry !== undefined && { onRetry }),
  });
}
