import type { Page } from 'playwright-core';

/** What a page's main thread did: the processor time of each of its tasks, ms, the longest first. */
export type Work = readonly number[];

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time that the thread had meanwhile, us. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * The work of the page while `act` runs. Counted is the time for which its thread had a processor, so that the result does not depend on
 * what else the machine does: a frame that comes late because of the page comes after a long task.
 */
export async function workDuring(page: Page, act: () => Promise<void>): Promise<Work> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  await browser.startTracing(page, { categories: ['toplevel'] });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const mains = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(thread),
  );
  const tasks = trace.traceEvents.filter(
    (event) => event.ph === 'X' && event.name.endsWith('RunTask') && mains.has(thread(event)),
  );
  const times = tasks.flatMap(({ tdur }) => (tdur === undefined ? [] : tdur / 1000));
  if (times.length === 0) throw new Error('the browser has recorded no task of the page');
  return times.sort((a, b) => b - a);
}
