/**
 * Ports that no browser and no `fetch` connects to, since other services have them: the list of the Fetch standard, from
 * 1024 on. Programs that do not use fetch reach a server there all the same.
 */
const refused: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10080,
]);

export function isRefusedByFetch(port: number): boolean {
  return refused.has(port);
}
