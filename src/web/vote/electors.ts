import type { Electorate, Part } from '../../core/types.ts';

/** The names that a rule gives its seats to, in text order; null where anybody may take one. */
export function electorsOf(electorate: Electorate): readonly string[] | null {
  if ('size' in electorate || 'live' in electorate) return null;
  if ('agents' in electorate) return electorate.agents.toSorted();
  const last = electorate.else === undefined ? [] : namesIn(electorate.else);
  return [...new Set([...namesIn(electorate), ...last])].toSorted();
}

function namesIn(part: Part): readonly string[] {
  if ('agents' in part) return part.agents;
  const parts = 'all' in part ? part.all : 'any' in part ? part.any : part.of;
  return parts.flatMap(namesIn);
}
