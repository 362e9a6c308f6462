import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue, retiredCodes } from '../../src/core/errors.ts';
import { errorsPage } from './errors-page.ts';
import { isTest, readText, root, sourcesIn } from './source.ts';

const page = 'docs/errors.md';
const rewrite = 'UPDATE_DOCS=1 npx vitest run test/tidy/catalogue.test.ts';

/** In the catalogue before the code that answers with them. Make this list shorter, never longer. */
const notUsedYet: readonly string[] = [];

const codes = Object.keys(catalogue);

describe('catalogue of errors [Q6.7]', () => {
  it(`is what ${page} says, in both directions`, () => {
    if (process.env.UPDATE_DOCS === '1') writeFileSync(join(root, page), errorsPage(catalogue, retiredCodes));
    const written = existsSync(join(root, page)) ? readText(page) : '';
    const described = [...written.matchAll(/^## `([a-z-]+)`$/gm)].map(([, code]) => code);
    const extra = described.filter((code) => !codes.includes(code as string));
    expect(extra, `${page} describes codes that do not exist; rewrite it: ${rewrite}`).toEqual([]);
    const lacking = codes.filter((code) => !described.includes(code));
    expect(lacking, `${page} lacks codes; rewrite it: ${rewrite}`).toEqual([]);
    expect(written, `${page} is out of date; rewrite it: ${rewrite}`).toBe(
      errorsPage(catalogue, retiredCodes),
    );
  });

  it('never uses a retired code again', () => {
    const again = codes.filter((code) => retiredCodes.includes(code));
    expect(again, `these codes meant something else in an earlier release: choose others`).toEqual([]);
    expect(new Set(retiredCodes).size, 'a retired code is listed twice').toBe(retiredCodes.length);
  });

  it('has no code that nothing answers with', () => {
    const answering = sourcesIn('src').filter(
      (file) =>
        !isTest(file) &&
        !file.path.startsWith('src/http/openapi/') &&
        !['src/core/errors.ts', 'src/core/result.ts'].includes(file.path),
    );
    const unused = codes.filter((code) => !answering.some(({ text }) => text.includes(`'${code}'`)));
    const idle = unused.filter((code) => !notUsedYet.includes(code));
    expect(idle, 'answer with these codes or take them out of the catalogue').toEqual([]);
    const listed = notUsedYet.filter((code) => !unused.includes(code));
    expect(listed, 'these are in use now: take them out of the list in this test').toEqual([]);
  });

  it('tells the caller of each code what to do', () => {
    for (const [code, { status, title, fix }] of Object.entries(catalogue)) {
      expect(status, `${code}: a status of HTTP for an error`).toSatisfy((n: number) => n >= 400 && n < 600);
      expect(title, `${code}: a title without a full stop`).toMatch(/^[A-Z].*[^.]$/);
      expect(fix, `${code}: a fix in whole sentences`).toMatch(/^[A-Z].*\.$/);
    }
  });
});
