import { describe, expect, test } from 'vitest';
import { parseEtcdUrl } from './options.ts';

describe('the address of an etcd log', () => {
  test('names members and prefix, with defaults for the rest', () => {
    expect(parseEtcdUrl('etcd://one,two:4001,[::1]:2379')).toEqual({
      endpoints: ['one:2379', 'two:4001', '[::1]:2379'],
      prefix: 'quorate',
      tls: null,
      login: null,
      timeout: 1000,
      giveUpAfter: 10_000,
      barrier: false,
    });
    expect(parseEtcdUrl('etcd://h/a.b-c/').prefix).toBe('a.b-c');
  });

  test('carries certificates, login and durations', () => {
    const url =
      'etcd://h/p?ca=/c/ca.pem&cert=c.pem&key=k.pem&user=u&passwordFile=/run/pw&timeout=500ms&giveUpAfter=1m';
    expect(parseEtcdUrl(`${url}&barrier=true`)).toEqual({
      endpoints: ['h:2379'],
      prefix: 'p',
      tls: { ca: '/c/ca.pem', cert: 'c.pem', key: 'k.pem' },
      login: { user: 'u', passwordFile: '/run/pw' },
      timeout: 500,
      giveUpAfter: 60_000,
      barrier: true,
    });
    expect(parseEtcdUrl('etcds://h').tls).toEqual({});
  });

  test.each([
    ['http://h', 'not an etcd address'],
    ['etcd://', 'not host or host:port'],
    ['etcd://h:2379,', 'not host or host:port'],
    ['etcd://h:99999', 'not host or host:port'],
    ['etcd://u:secret@h', 'no user or password'],
    ['etcd://h/a//b', 'the prefix'],
    ['etcd://h/q/log', 'would put one log inside another: write "q-log"'],
    ['etcd://h/q%2Flog', 'the prefix'],
    ['etcd://h/a b', 'the prefix'],
    ['etcd://h?cert=x', 'cert and key go together'],
    ['etcd://h?user=x', 'user and passwordFile go together'],
    ['etcd://h?colour=red', 'unknown setting "colour"'],
    ['etcd://h?timeout=1s&timeout=2s', 'given twice'],
    ['etcd://h?timeout=soon', 'timeout=soon is not a duration'],
    ['etcd://h?timeout=0s', 'timeout=0s is not a duration'],
    ['etcd://h?barrier=yes', 'barrier is true or false'],
    ['etcd://h?ca=', '"ca" is empty'],
  ])('refuses %s', (url, reason) => {
    expect(() => parseEtcdUrl(url)).toThrow(reason);
    expect(() => parseEtcdUrl(url)).not.toThrow('secret');
  });
});
