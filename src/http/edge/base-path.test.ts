import { expect, test } from 'vitest';
import { startApp } from '../../../test/harness/app.ts';
import { basePathIn, ownNames, withoutBase } from './base-path.ts';

test.each([
  ['', ''],
  ['/', ''],
  ['/q', '/q'],
  ['/q/', '/q'],
  ['/tools/quorate-2.x_~//', '/tools/quorate-2.x_~'],
])('%j names the base path %j', (text, path) => {
  expect(basePathIn(text)).toBe(path);
});

test.each([
  'q',
  'http://host/q',
  '/q/../r',
  '/q/.',
  '/q//r',
  '/q?',
  '/q#',
  '/ü',
  '/%71',
  '/q r',
  '/<b>',
  '//'.concat('q'),
])('%j is refused, with how to write one', (text) => {
  expect(() => basePathIn(text)).toThrow(/is no base path: write it as \/quorate/);
});

test.each(['/v1', '/g', '/docs/q', '/tools/state/'])(
  '%s is refused: it could not be told from own paths',
  (text) => {
    expect(() => basePathIn(text)).toThrow(/must not hold \//);
  },
);

test('every path of the server begins with a name that no base path may hold', async () => {
  const running = await startApp();
  const names = new Set(running.app.router.routes.map(({ path }) => path.split('/')[1] ?? ''));
  await running.stop();
  names.delete('');
  expect([...names].filter((name) => !ownNames.has(name))).toEqual([]);
  expect([...ownNames].filter((name) => !names.has(name))).toEqual([]);
});

test.each([
  ['/q/v1/groups?after=a', '/v1/groups?after=a'],
  ['/q/', '/'],
  ['/v1/groups', '/v1/groups'],
  ['/q', '/q'],
  ['/qq/v1/groups', '/qq/v1/groups'],
  ['/Q/v1/groups', '/Q/v1/groups'],
  ['/q/q/v1/groups', '/q/v1/groups'],
  [undefined, undefined],
])('below /q, %s asks for %s', (url, asked) => {
  expect(withoutBase('/q', url)).toBe(asked);
  expect(withoutBase('', url)).toBe(url);
});
