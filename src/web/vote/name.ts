/** Under which name somebody takes part, from what they typed. */
export interface Named {
  /** The name in addresses. [Q5.10] */
  readonly agent: string;
  /** As they wrote it; null when that is the same. */
  readonly name: string | null;
}

const longest = 64;

/** The id and name for what was typed; null when nothing of it can be a name. */
export function namedAs(typed: string): Named | null {
  const name = typed.trim().replace(/\s+/g, ' ').slice(0, longest);
  const agent = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '');
  if (agent === '') return null;
  return { agent, name: agent === name ? null : name };
}

/** A name for somebody who was not asked for one; hardly ever taken already. */
export function guestName(random: () => number = Math.random): string {
  return `guest-${1 + Math.floor(random() * 999)}`;
}

/** A free name near one that is taken: `cy`, `cy-2`, `cy-3`. */
export function nextName(agent: string): string {
  const [, stem = agent, number = '1'] = /^(.+)-(\d{1,6})$/.exec(agent) ?? [];
  return `${stem.slice(0, longest - 7)}-${Number(number) + 1}`;
}
