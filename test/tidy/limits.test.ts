import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { limitsPage } from './limits-page.ts';
import { readText, root } from './source.ts';

const page = 'docs/limits.md';

it(`${page} is what the limits of the core say`, () => {
  const expected = limitsPage(readText('src/core/limits.ts'));
  for (const [name, value] of Object.entries(limits))
    expect(expected).toContain(`\`${name}\` ${value.toLocaleString('en')}`);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(join(root, page), expected);
  const written = existsSync(join(root, page)) ? readText(page) : '';
  expect(written, `rewrite it: UPDATE_DOCS=1 npx vitest run test/tidy/limits.test.ts`).toBe(expected);
});
