import http from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** Proposes from one address as fast as answers come, in a thread of its own, until it is told to stop; then says how it was answered. */
const { port, from, sockets } = workerData;
const agent = new http.Agent({ keepAlive: true, maxSockets: sockets });
const statuses = {};
let over = false;

function vote(name) {
  const body = '{"value":1}';
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const path = `/v1/groups/flooded/rounds/1/proposals/${name}`;
  const options = { host: '127.0.0.1', port, method: 'PUT', path, headers, agent, localAddress: from };
  return new Promise((resolve, reject) => {
    const request = http.request(options, (reply) => {
      reply.resume().on('end', () => resolve(reply.statusCode));
    });
    request.on('error', reject).end(body);
  });
}

parentPort.once('message', () => {
  over = true;
});
await Promise.all(
  Array.from({ length: sockets }, async (_, worker) => {
    for (let i = 0; !over; i += 1) {
      const status = await vote(`w${worker}-${i}`);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  }),
);
agent.destroy();
parentPort.postMessage(statuses);
