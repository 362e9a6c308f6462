/** Where a page is. */
export interface Place {
  /** The path below which the server answers: `/`, or `/q/` behind a proxy that gives it `/q`. */
  readonly base: string;
  /** Null on pages that are of no group. */
  readonly group: string | null;
}

/**
 * The place that a page's address names, such as `/g/lunch/vote`, `/new` or `/`. A proxy may pass on more slashes at its beginning as
 * one: in a link, `//name/` would lead to another host.
 */
export function placeOf(pathname: string): Place {
  const path = pathname.replace(/^\/+/, '/');
  const [, base = '/', group = null] = /^(.*?\/)(?:g\/([^/]+)(?:\/vote)?|[^/]*)$/.exec(path) ?? [];
  return { base, group: group === null ? null : decoded(group) };
}

/** The path of a group's page. */
export function groupPath({ base }: Place, group: string): string {
  return `${base}g/${encodeURIComponent(group)}`;
}

/** The path of the page on which a group is made. */
export function newPath({ base }: Place): string {
  return `${base}new`;
}

/** Whether a host name leads every device to itself, so that a link with it is of no use to others. */
export function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
