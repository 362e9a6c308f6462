import type { Tracing } from './spans.ts';
import { packageVersion } from './version.ts';

/** Null where nobody has registered an SDK of OpenTelemetry: then nothing of it is loaded, and nothing is traced. */
export async function tracingOfUser(isGroup: (name: string) => boolean): Promise<Tracing | null> {
  // Under this symbol of its first major version an SDK registers itself for all copies of the interface.
  const key = Symbol.for('opentelemetry.js.api.1');
  const registered = (globalThis as { [key: symbol]: { trace?: unknown } | undefined })[key];
  if (registered?.trace === undefined) return null;
  const { tracing } = await import('./spans.ts');
  return tracing(packageVersion(), isGroup);
}
