import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settingRows } from '../../src/cli/settings/settings.ts';
import { serverLimits } from '../../src/http/edge/limits.ts';
import { settingsPage } from './settings-page.ts';
import { readText, root } from './source.ts';

const page = 'docs/settings.md';

it(`${page} is what the tables of settings and limits say`, () => {
  const expected = settingsPage(settingRows, serverLimits);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(join(root, page), expected);
  const written = existsSync(join(root, page)) ? readText(page) : '';
  expect(written, `rewrite it: UPDATE_DOCS=1 npx vitest run test/tidy/settings.test.ts`).toBe(expected);
});
