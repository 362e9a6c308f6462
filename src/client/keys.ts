import type { Keys } from './requests.ts';

/** New keys for a group that admits by key. */
export function newKeys(): Keys {
  return { joinKey: newSecret(), observerKey: newSecret() };
}

/** 128 random bits, in hex. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
