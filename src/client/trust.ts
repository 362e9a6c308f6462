/**
 * A `fetch` for Node that trusts these certificates (PEM) besides those that Node does. Browsers, which choose themselves whom
 * they trust, never come here: what it needs is loaded at its first use, under names that no bundler follows. Throws
 * `TypeError` for what is no certificate.
 */
export function fetchTrusting(ca: string): typeof fetch {
  if (!holdsCertificate(ca)) throw new TypeError('ca holds no certificate (PEM)');
  let loading: Promise<typeof fetch> | null = null;
  return async (input, init) => {
    loading ??= load(ca);
    return (await loading)(input, init);
  };
}

/** Whether there is a certificate in it: Node takes any other text as well, and then trusts nobody more than before. */
export function holdsCertificate(pem: string): boolean {
  return pem.includes('-----BEGIN CERTIFICATE-----');
}

async function load(ca: string): Promise<typeof fetch> {
  const [client, tls] = ['undici', 'tls'];
  const undici = (await import(client as string)) as typeof import('undici');
  const { rootCertificates } = (await import(tls as string)) as typeof import('tls');
  const dispatcher = new undici.Agent({ connect: { ca: [...rootCertificates, ca] } });
  const ask = undici.fetch as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => ask(input, { ...init, dispatcher });
}
