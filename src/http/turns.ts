import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

/** What of a socket waits behind the request that is being answered. */
interface Queue {
  waiting: number;
  /** Bytes the socket had read when the first of them came. */
  readonly from: number;
}

/**
 * Requests of one connection, one after the other: whatever was sent behind a request is handled once the answer to
 * that request has been taken by the system. So a connection costs no more than one answer, however much it asks for
 * and however little it reads. A connection that sends on and on behind an unanswered request is cut, which `onCut` is told.
 */
export function inTurn(
  handle: RequestListener,
  limits: Limits,
  onCut: () => void = () => undefined,
): RequestListener {
  const queues = new WeakMap<Socket, Queue>();
  return (request, response) => {
    // Only a response whose turn has come has a socket.
    if (response.socket !== null) return handle(request, response);
    const { socket } = request;
    // What came in one piece with the request that was too many.
    if (socket.destroyed) return;
    const queue = queues.get(socket) ?? { waiting: 0, from: socket.bytesRead };
    queues.set(socket, queue);
    if (isTooLong(queue, socket, limits)) {
      onCut();
      return void socket.destroy();
    }
    queue.waiting += 1;
    onTurn(response, () => {
      queue.waiting -= 1;
      if (queue.waiting === 0) queues.delete(socket);
      if (!socket.destroyed) handle(request, response);
    });
  };
}

function isTooLong({ waiting, from }: Queue, socket: Socket, { pipelined, pipelinedBytes }: Limits): boolean {
  if (pipelined > 0 && waiting >= pipelined) return true;
  return pipelinedBytes > 0 && socket.bytesRead - from > pipelinedBytes;
}

/** In a turn of the event loop of its own, so that others get theirs between two answers. */
function onTurn(response: ServerResponse, call: () => void): void {
  response.once('socket', () => setImmediate(call));
}
