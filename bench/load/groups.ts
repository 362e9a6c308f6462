import http from 'node:http';

/** Makes groups of three in which two equal proposals decide and the next round follows at once. */
export async function makeGroups(url: string, names: readonly string[]): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
  const body = JSON.stringify({ rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } });
  await Promise.all(names.map((name) => put(`${url}/v1/groups/${name}`, agent, body)));
  agent.destroy();
}

function put(url: string, agent: http.Agent, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request(url, { method: 'PUT', agent, headers }, (response) => {
      const { statusCode = 0 } = response;
      response
        .resume()
        .on('end', () => (statusCode < 300 ? resolve() : reject(new Error(`${url}: ${statusCode}`))));
    });
    request.on('error', reject).end(body);
  });
}
