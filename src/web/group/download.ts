import { noAnswer, refusal } from '../../client/errors.ts';
import { identityIn } from '../identity.ts';
import { serverAddress } from '../server.ts';
import { tokenIn } from '../token.ts';

/** Saves what the server has at a path under a name, as CSV or as JSON by its end, with the right of who looks. Rejects with `QuorateError`. */
export async function download(path: string, name: string, group: string): Promise<void> {
  const token = tokenIn(group) ?? identityIn(group)?.token;
  const headers = {
    accept: name.endsWith('.csv') ? 'text/csv' : 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const address = serverAddress() + path;
  const reply = await fetch(address, { headers, cache: 'no-store' }).catch((error: unknown) => {
    throw noAnswer(address, error);
  });
  if (!reply.ok) throw refusal(address, reply.status, await reply.json().catch(() => null));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await reply.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
