import { readFileSync } from 'node:fs';

/** What the image of the Dockerfile runs, and with which variables, as its last stage says. */
export interface ImageDefaults {
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly health: readonly string[];
}

/** Reads it without building it: only the form in which this file is written. image.test.ts compares with what buildah makes of it. */
export function imageDefaults(): ImageDefaults {
  const text = readFileSync('Dockerfile', 'utf8');
  const lines = text.slice(text.lastIndexOf('\nFROM ')).split('\n');
  const after = (word: string): string => {
    const [line, ...more] = lines.filter((one) => one.startsWith(`${word} `));
    if (line === undefined || more.length > 0) throw new Error(`the Dockerfile has not exactly one ${word}`);
    return line.slice(word.length + 1);
  };
  const words = (json: string): string[] => JSON.parse(json) as string[];
  const pairs = after('ENV')
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]);
  return {
    env: Object.fromEntries(pairs),
    entrypoint: words(after('ENTRYPOINT')),
    cmd: words(after('CMD')),
    health: words(after('HEALTHCHECK').replace(/^.*? CMD /, '')),
  };
}

/** The program of the image, as the checkout has it. */
export function fromCheckout(word: string): string {
  return word.replace('/opt/quorate/dist/', 'dist/').replace('/opt/quorate/healthy.js', 'deploy/healthy.js');
}
