/** The command was not recorded and never will be: the caller may try again, here or elsewhere. */
export class NotExecuted extends Error {
  override readonly name = 'NotExecuted';
  readonly reason:
    | 'overloaded'
    | 'stopping'
    | 'too-large'
    | 'no-space'
    | 'unavailable'
    | 'version-not-active';

  constructor(reason: NotExecuted['reason'], detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** The command was not recorded and never will be: another server has registered since the list of servers was read. */
export class Newcomers extends Error {
  override readonly name = 'Newcomers';
}

/** The server stopped, or the cluster did not answer in time, before it was known whether the command was recorded. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}
