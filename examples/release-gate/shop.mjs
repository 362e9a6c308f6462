// node examples/release-gate/shop.mjs: what is deployed to. It runs one commit, keeps the highest fence that it has seen, and refuses a lower one.
import { createServer } from 'node:http';

let release = { commit: null, fence: 0, deploys: 0 };

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    if (request.method === 'PUT') {
      const { commit, fence } = JSON.parse(body);
      // Looked at and written in one step, with nothing in between: so must a database or an object store do it.
      if (fence < release.fence) response.statusCode = 409;
      else release = { commit, fence, deploys: release.deploys + 1 };
    }
    response.setHeader('content-type', 'application/json').end(`${JSON.stringify(release)}\n`);
  });
});
server.listen(Number(process.env.SHOP_PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/release`);
});
