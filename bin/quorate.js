#!/usr/bin/env node
import { existsSync } from 'node:fs';

// A checkout builds itself on first use; the published package has no src and is built already.
if (existsSync(new URL('../src', import.meta.url))) {
  const { ensureBuilt } = await import('../scripts/ensure-built.js');
  await ensureBuilt();
}
// Named at run time, since the type checker runs before the build.
await import(new URL('../dist/cli/main.js', import.meta.url).href);
