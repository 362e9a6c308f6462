import { AsyncLocalStorage } from 'node:async_hooks';
import type { Listener, OwnerTraces } from '../../../src/log/file/liveness.ts';
import type { Process } from './process.ts';

/** The process of the model that opens a log. */
export const opening = new AsyncLocalStorage<Process>();

const listening = new Map<string, Process>();

/** In the place of src/log/file/liveness.ts. */
export async function listen(): Promise<Listener> {
  const process = opening.getStore() as Process;
  const name = `owner-${process.id}.sock`;
  listening.set(name, process);
  return { name, close: async () => void listening.delete(name) };
}

export function tracesOf(listener: Listener | null): OwnerTraces {
  return { pid: 1, started: null, socket: listener?.name ?? null };
}

export async function isAlive({ socket }: OwnerTraces): Promise<boolean> {
  const process = listening.get(socket ?? '');
  return process !== undefined && !process.isOver && !process.seemsDead;
}
