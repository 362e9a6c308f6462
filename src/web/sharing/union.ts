import type { FeedScope, Scope } from '../feed.ts';

/** Groups that one stream may name. */
const mostNames = 100;

/** What one stream has to be about for all of these; beyond 100 groups, all. */
export function union(scopes: readonly Scope[]): FeedScope {
  const names = [...new Set(scopes.flatMap((scope) => scope ?? []))].sort();
  return { names: names.slice(0, mostNames), isAll: scopes.includes(null) || names.length > mostNames };
}

/** Whether a stream about these groups says all that a follower of `wanted` asks for. */
export function covers({ names, isAll }: FeedScope, wanted: Scope): boolean {
  return isAll || wanted?.every((name) => names.includes(name)) === true;
}
