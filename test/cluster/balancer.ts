import { connect, createServer, type Socket } from 'node:net';

/** Hands each TCP connection on to the next of several ports on loopback; one that refuses is passed over. */
export async function startBalancer(ports: readonly number[]): Promise<{ port: number; close(): void }> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((near) => {
    open.add(near);
    near.on('close', () => open.delete(near)).on('error', () => near.destroy());
    const tryNext = (left: number): void => {
      if (left === 0) return void near.destroy();
      turn += 1;
      const far = connect(ports[turn % ports.length] as number, '127.0.0.1');
      const refused = (): void => tryNext(left - 1);
      far.once('error', refused);
      far.once('connect', () => {
        far.off('error', refused);
        far.on('error', () => near.destroy());
        open.add(far);
        far.on('close', () => {
          open.delete(far);
          near.destroy();
        });
        near.on('close', () => far.destroy());
        near.pipe(far).pipe(near);
      });
    };
    tryNext(ports.length);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { port: (server.address() as { port: number }).port, close };
}
