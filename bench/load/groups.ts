import { HttpConnection, request } from '../rounds/http.ts';

const connections = 20;

/** Makes groups of three in which two equal proposals decide and the next round follows at once. */
export async function makeGroups(url: string, names: readonly string[]): Promise<void> {
  const body = JSON.stringify({ rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } });
  const left = names.values();
  const put = async (): Promise<void> => {
    const connection = new HttpConnection(url);
    for (const name of left) await connection.ask(request('PUT', `/v1/groups/${name}`, body));
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, put));
}
