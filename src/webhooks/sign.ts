import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** Signatures after Standard Webhooks, over the id, the time of the attempt and the body. [Q11.11] */

/** The private key of `--webhook-key`, and its public half as receivers write it. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** `whpk_` and base64. */
  readonly publicText: string;
}

export interface Message {
  /** The same for every attempt. */
  readonly id: string;
  readonly body: string;
  /** The newer one first; each is `whsec_` and base64. */
  readonly secrets: readonly string[];
}

/** The headers of one attempt at a time, ms since 1970. */
export function signed(
  { id, body, secrets }: Message,
  key: SigningKey | null,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const text = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => `v1,${hmac(secret, text)}`);
  if (key !== null)
    signatures.push(`v1a,${sign(null, Buffer.from(text), key.privateKey).toString('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

function hmac(secret: string, text: string): string {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return createHmac('sha256', bytes).update(text).digest('base64');
}

/** Reads a private key, PEM. Throws an Error that says how to make one. */
export function signingKeyIn(pem: string): SigningKey {
  const privateKey = read(pem);
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, publicText: `whpk_${Buffer.from(x as string, 'base64url').toString('base64')}` };
}

function read(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // What was wrong with it would quote from the key.
  }
  throw new Error(
    '--webhook-key needs a private key of Ed25519, PEM: openssl genpkey -algorithm ed25519 -out FILE',
  );
}
