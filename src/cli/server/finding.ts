/** The result of one check of `quorate doctor`. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'good' | 'doubtful' | 'bad';
  readonly says: string;
  /** What to do; '' when there is nothing to do. */
  readonly fix: string;
}

export function finding(check: string, verdict: Finding['verdict'], says: string, fix = ''): Finding {
  return { check, verdict, says, fix: verdict === 'good' ? '' : fix };
}
