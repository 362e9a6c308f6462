import { expect, test } from 'vitest';
import { groupPath, isLoopback, placeOf } from './place.ts';

test.each([
  ['/', '/', null],
  ['/q/', '/q/', null],
  ['/new', '/', null],
  ['/q/new', '/q/', null],
  ['/play', '/', null],
  ['/q/play', '/q/', null],
  ['/g/lunch', '/', 'lunch'],
  ['/g/lunch/vote', '/', 'lunch'],
  ['/q/g/lunch', '/q/', 'lunch'],
  ['/q/r/g/lunch/vote', '/q/r/', 'lunch'],
  ['/g/g/g/lunch', '/g/g/', 'lunch'],
  ['/g/release%2D2.8', '/', 'release-2.8'],
  ['/g/%E0%A4', '/', '%E0%A4'],
  // What nginx reads as /g/lunch: no link of the page may lead to evil.example.
  ['//evil.example/..%2f/g/lunch', '/evil.example/..%2f/', 'lunch'],
  ['///g/lunch/vote', '/', 'lunch'],
])('%s is below %s and of group %s', (pathname, base, group) => {
  expect(placeOf(pathname)).toEqual({ base, group });
});

test('the path of a group leads back to it, below the same base', () => {
  for (const group of ['lunch', 'a b', 'a/b', 'ü', '%41']) {
    const path = groupPath({ base: '/q/', group: null }, group);
    expect(placeOf(path)).toEqual({ base: '/q/', group });
  }
});

test('only names of the device itself are of no use to others', () => {
  for (const own of ['localhost', 'quorate.localhost', '127.0.0.1', '127.8.9.10', '[::1]'])
    expect(isLoopback(own), own).toBe(true);
  for (const other of ['192.168.1.20', 'quorate.lan', 'localhost.example', '127.example', '[fd00::1]'])
    expect(isLoopback(other), other).toBe(false);
});
