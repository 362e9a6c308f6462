import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signed, signingKeyIn } from './sign.ts';

const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
const pem = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('signatures', () => {
  const body = '{"type":"round.closed","value":"pizza – 日本"}';

  it('are what receivers with a library of Standard Webhooks check [Q11.11]', () => {
    const [own, former, other] = [secret(), secret(), secret()];
    const headers = signed({ id: 'msg_1', body, secrets: [own, former] }, null, Date.now());
    expect(new Webhook(own).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(former).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature');
    expect(() => new Webhook(own).verify(`${body} `, headers)).toThrow('No matching signature');
    expect(() => new Webhook(own).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
  });

  it('are those that the library makes', () => {
    const own = secret();
    const at = new Date(1_764_000_000_000);
    const headers = signed({ id: 'msg_1', body, secrets: [own] }, null, at.getTime());
    expect(headers['webhook-signature']).toBe(new Webhook(own).sign('msg_1', at, body));
  });

  it('are made anew for each attempt, so that one of yesterday is not too old today', () => {
    const own = secret();
    const message = { id: 'msg_1', body, secrets: [own] };
    const early = signed(message, null, Date.now() - 3_600_000);
    expect(() => new Webhook(own).verify(body, early)).toThrow('too old');
    expect(new Webhook(own).verify(body, signed(message, null, Date.now()))).toBeDefined();
  });

  it('have one of Ed25519 besides where there is a key, which the public text checks', () => {
    const own = secret();
    const key = signingKeyIn(pem());
    const headers = signed({ id: 'msg_1', body, secrets: [own] }, key, 1_764_000_000_000);
    const [v1, v1a] = (headers['webhook-signature'] as string).split(' ');
    expect(v1).toMatch(/^v1,/);
    const x = Buffer.from(key.publicText.replace(/^whpk_/, ''), 'base64').toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const signature = Buffer.from((v1a as string).replace(/^v1a,/, ''), 'base64');
    expect(verify(null, Buffer.from(`msg_1.1764000000.${body}`), publicKey, signature)).toBe(true);
  });

  it('refuse a key that is none, or of another kind, without quoting it', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const text = other.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const bad of ['', 'hunter2', text]) expect(() => signingKeyIn(bad)).toThrow('openssl genpkey');
    expect(() => signingKeyIn('hunter2')).not.toThrow('hunter2');
  });
});
