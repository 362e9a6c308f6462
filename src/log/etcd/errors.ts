import { type ServiceError, status } from '@grpc/grpc-js';

/** What an operator can do about it. */
const fixes = {
  unavailable:
    'start members again until a majority runs, and look at the network to them: docs/cluster.md, Lost quorum',
  certificate:
    'put a certificate that is valid into the file; it is read again by itself, or at once on SIGHUP: docs/cluster.md, Certificates',
  denied:
    'let etcd know the user of --log (user and passwordFile, or the common name of cert), and give it the role of the prefix: docs/cluster.md, Users of etcd',
  'no-space': 'see how full etcd is, and give it space: docs/cluster.md, NOSPACE',
  other: 'look at the release and at the log of etcd',
} as const;

/**
 * Why a call failed. After `unavailable`, no answer, a write may or may not have happened, or may still happen. `no-space`
 * is as uncertain: etcd can run a transaction and then answer so. The others are answers.
 */
export type EtcdErrorCode = 'unavailable' | 'no-space' | 'too-large' | 'compacted' | 'denied' | 'refused';

export class EtcdError extends Error {
  override readonly name = 'EtcdError';
  readonly code: EtcdErrorCode;
  /** No answer at all came from the member in time, not even that it is not there. */
  readonly silent: boolean;
  /** It certainly had no effect: the member refused it before it looked at it. */
  readonly notExecuted: boolean;

  constructor(code: EtcdErrorCode, message: string, { silent = false, notExecuted = false } = {}) {
    super(message);
    this.code = code;
    this.silent = silent;
    this.notExecuted = notExecuted;
  }

  /** What an operator can do about it. */
  get fix(): string {
    if (/certificate.*(expired|valid only)|expired certificate/.test(this.message)) return fixes.certificate;
    const { code } = this;
    return code === 'unavailable' || code === 'denied' || code === 'no-space' ? fixes[code] : fixes.other;
  }

  /** The same error as the result of several tries: `notExecuted` says whether none of them had an effect. */
  afterTries(notExecuted: boolean): EtcdError {
    return new EtcdError(this.code, this.message, { silent: this.silent, notExecuted });
  }
}

/** Whether a member no longer knows the token: it lasts minutes, and is lost when the member restarts. */
export function isLoginExpired(error: ServiceError): boolean {
  return error.code === status.UNAUTHENTICATED || /auth store is old/.test(detailOf(error));
}

/** What went wrong, without what gRPC says of its own insides around it. */
export function detailOf({ details, message }: ServiceError): string {
  const said = details || message;
  return /Last error: (.*?)\. Resolution note: /s.exec(said)?.[1] ?? said;
}

export function codeOf(error: ServiceError): EtcdErrorCode {
  const { code } = error;
  const detail = detailOf(error);
  if (/database space exceeded/.test(detail)) return 'no-space';
  if (/request is too large|larger than max/.test(detail)) return 'too-large';
  if (/has been compacted/.test(detail)) return 'compacted';
  if (code === status.PERMISSION_DENIED || /authentication failed|user name/.test(detail)) return 'denied';
  // A member that lags behind the revision asked for has no answer yet; another one may.
  if (/future revision|too many requests/.test(detail)) return 'unavailable';
  return unanswered.has(code) ? 'unavailable' : 'refused';
}

const unanswered: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.INTERNAL,
  status.UNKNOWN,
  status.ABORTED,
  status.UNAUTHENTICATED,
]);
