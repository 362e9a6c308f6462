import { expect, test } from 'vitest';
import { openerOf } from './browser.ts';

const url = 'http://127.0.0.1:5000/g/demo?guest&a=1';
const opener = (platform: NodeJS.Platform, env: Record<string, string> = {}) =>
  openerOf(url, { env, platform });

test('each system has its own way to open a page', () => {
  expect(opener('darwin')).toEqual(['open', url]);
  expect(opener('win32')).toEqual(['cmd', '/c', 'start', '""', 'http://127.0.0.1:5000/g/demo?guest^&a=1']);
  expect(opener('linux', { DISPLAY: ':0' })).toEqual(['xdg-open', url]);
  expect(opener('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toEqual(['xdg-open', url]);
});

test('without a screen there is none', () => {
  expect(opener('linux')).toBeNull();
  expect(opener('freebsd', { DISPLAY: '' })).toBeNull();
});

test.each([
  ['firefox', ['firefox', url]],
  ['firefox --new-window', ['firefox', '--new-window', url]],
  ['open-it --page=%s --now', ['open-it', `--page=${url}`, '--now']],
  ['none', null],
])('BROWSER=%s is followed on every system', (BROWSER, expected) => {
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    expect(opener(platform, { BROWSER })).toEqual(expected);
});
