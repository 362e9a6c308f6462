import net from 'node:net';

const sockets: net.Socket[] = [];

/** A socket that is kept, and whether the server has closed it. */
export function dial(
  port: number,
  from?: string,
): Promise<{ socket: net.Socket; closed(): boolean; text(): string }> {
  return new Promise((resolve) => {
    let closed = false;
    let text = '';
    const socket = net.connect({
      port,
      host: '127.0.0.1',
      ...(from === undefined ? {} : { localAddress: from }),
    });
    sockets.push(socket);
    socket.setEncoding('latin1').on('data', (piece) => {
      text += piece;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed = true;
    });
    const done = () => resolve({ socket, closed: () => closed, text: () => text });
    socket.once('connect', done);
    socket.once('close', done);
  });
}

/** After a test: whatever it has dialled. */
export function hangUpAll(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
}
