import { expect, test } from 'vitest';
import { type Handle, handleText, readHandle } from './handle.ts';

const handle: Handle = { group: 'deploy', round: 2, only: false, subject: null, id: 'k37pMCwf' };

test.each<[string, Handle]>([
  ['of a round', handle],
  ['of no round yet, on a subject', { ...handle, round: null, subject: '4f2c1d' }],
  ['with a value that is meant', { ...handle, only: true, expect: { version: '1.4', steps: [1, null] } }],
])('a handle %s is one word, and is read as it was', (_, one) => {
  expect(handleText(one)).toMatch(/^gate1\.[\w-]+$/);
  expect(readHandle(handleText(one))).toEqual(one);
});

test.each([
  ['nothing', ''],
  ['another word', 'deploy'],
  ['one of another kind', handleText(handle).replace('gate1', 'gate2')],
  ['one that was cut off', handleText(handle).slice(0, -4)],
  ['what is no JSON', 'gate1.AAAA'],
  ['another object', `gate1.${Buffer.from('{"group":"deploy"}').toString('base64url')}`],
  ['a list', `gate1.${Buffer.from('[1]').toString('base64url')}`],
  ['a name that no gate has made', handleText({ ...handle, id: 'a/b' })],
  ['a round that is no number', handleText({ ...handle, round: 'two' as unknown as number })],
])('%s is no handle', (_, text) => {
  expect(readHandle(text)).toBeUndefined();
});
