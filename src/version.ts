import { readFileSync } from 'node:fs';

/** The commit of the build, `-dirty` behind it where files had been changed; null where there was no checkout to ask, as in a build from an archive. */
export function buildCommit(): string | null {
  try {
    const text = readFileSync(new URL('./commit.json', import.meta.url), 'utf8');
    return (JSON.parse(text) as { commit: string | null }).commit;
  } catch {
    return null;
  }
}

/** The version of this package. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
