import { expect } from 'vitest';

/** Makes an etcd ask for names and passwords; the result goes on asking it as root. */
export async function closeToStrangers(
  endpoint: string,
): Promise<(path: string, body: object) => Promise<void>> {
  let token: string | null = null;
  const post = async (path: string, body: object): Promise<void> => {
    const url = `http://${endpoint}/v3/auth/${path}`;
    const headers: Record<string, string> = token === null ? {} : { authorization: token };
    const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await reply.text();
    expect(reply.status, text).toBe(200);
    token = (JSON.parse(text) as { token?: string }).token ?? token;
  };
  const root = { name: 'root', password: 'open sesame' };
  await post('user/add', root);
  await post('role/add', { name: 'root' });
  await post('user/grant', { user: 'root', role: 'root' });
  await post('enable', {});
  await post('authenticate', root);
  return post;
}
