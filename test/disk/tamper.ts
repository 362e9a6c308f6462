import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordAt } from '../../src/log/file/record.ts';

/** Lets `change` alter the record of an entry of the log in `dir`, which begins at `at` of the bytes of its segment. */
export function changeEntry(dir: string, index: number, change: (segment: Buffer, at: number) => void): void {
  const folder = join(dir, 'log');
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.segment'))) {
    const segment = readFileSync(join(folder, name));
    for (let at = 0; ; ) {
      const record = recordAt(segment, at);
      if (typeof record === 'string') break;
      if (record.kind === 'entry' && record.index === index) {
        change(segment, at);
        writeFileSync(join(folder, name), segment);
        return;
      }
      at += record.size;
    }
  }
  throw new Error(`there is no entry ${index}`);
}

/** Changes one bit of an entry's bytes. */
export function damageEntry(dir: string, index: number): void {
  changeEntry(dir, index, (segment, at) => {
    segment[at + 50] = (segment[at + 50] as number) ^ 1;
  });
}
