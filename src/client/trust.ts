/**
 * A `fetch` for Node that trusts these certificates (PEM) in addition to Node's own. Throws `TypeError` when `ca` holds no
 * certificate. Browsers cannot use it, so its modules are loaded at the first use, under names that no bundler follows.
 */
export function fetchTrusting(ca: string): typeof fetch {
  if (!holdsCertificate(ca)) throw new TypeError('ca holds no certificate (PEM)');
  let loading: Promise<typeof fetch> | null = null;
  return async (input, init) => {
    loading ??= load(ca);
    return (await loading)(input, init);
  };
}

/** Whether the text holds a certificate. Node accepts any other text too, and then trusts no more certificates than before. */
export function holdsCertificate(pem: string): boolean {
  return pem.includes('-----BEGIN CERTIFICATE-----');
}

async function load(ca: string): Promise<typeof fetch> {
  const [client, tls] = ['undici', 'tls'];
  const undici = (await import(client as string)) as typeof import('undici');
  const { rootCertificates } = (await import(tls as string)) as typeof import('tls');
  const dispatcher = new undici.Agent({ connect: { ca: [...rootCertificates, ca] } });
  const send = undici.fetch as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => send(input, { ...init, dispatcher });
}
