import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

/** The requests that wait on a socket behind the one that is being answered: of each, how many bytes the socket had read when it came. */
type Queue = number[];

/**
 * Requests of one connection, one after the other: whatever was sent behind a request is handled once the answer to
 * that request has been taken by the system. So a connection costs no more than one answer, however much it asks for
 * and however little it reads. A connection that sends too much behind an unanswered request is cut, and `onCut` called.
 */
export function inTurn(
  handle: RequestListener,
  limits: Limits,
  onCut: () => void = () => undefined,
): RequestListener {
  const queues = new WeakMap<Socket, Queue>();
  let waiting = 0;
  const queueOf = (socket: Socket): Queue => {
    const known = queues.get(socket);
    if (known !== undefined) return known;
    const queue: Queue = [];
    queues.set(socket, queue);
    socket.once('close', () => {
      waiting -= queue.splice(0).length;
    });
    return queue;
  };
  return (request, response) => {
    // Only a response whose turn has come has a socket.
    if (response.socket !== null) return handle(request, response);
    const { socket } = request;
    // The rest of a packet whose first requests were already too many.
    if (socket.destroyed) return;
    const queue = queueOf(socket);
    const { pipelinedOfAll } = limits;
    if (isTooLong(queue, socket, limits) || (pipelinedOfAll > 0 && waiting >= pipelinedOfAll)) {
      onCut();
      return void socket.destroy();
    }
    queue.push(socket.bytesRead);
    waiting += 1;
    onTurn(response, () => {
      if (socket.destroyed) return;
      queue.shift();
      waiting -= 1;
      handle(request, response);
    });
  };
}

function isTooLong(queue: Queue, socket: Socket, { pipelined, pipelinedBytes }: Limits): boolean {
  const [oldest] = queue;
  if (oldest === undefined) return false;
  if (pipelined > 0 && queue.length >= pipelined) return true;
  return pipelinedBytes > 0 && socket.bytesRead - oldest > pipelinedBytes;
}

/** In a turn of the event loop of its own, so that others get theirs between two answers. */
function onTurn(response: ServerResponse, call: () => void): void {
  response.once('socket', () => setImmediate(call));
}
