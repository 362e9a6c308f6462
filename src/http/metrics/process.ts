import { readdir, readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { MetricName } from './catalogue.ts';

/** What the process takes of the machine. The names are those that other programs use too. */
export async function processFigures(): Promise<[MetricName, number | null][]> {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const [openFiles, mostFiles] = await Promise.all([countOpenFiles(), limitOfFiles()]);
  return [
    ['quorate_event_loop_busy_seconds_total', performance.eventLoopUtilization().active / 1000],
    ['process_cpu_seconds_total', (user + system) / 1e6],
    ['process_start_time_seconds', performance.timeOrigin / 1000],
    ['process_resident_memory_bytes', rss],
    ['process_open_fds', openFiles],
    ['process_max_fds', mostFiles],
    ['nodejs_heap_size_used_bytes', heapUsed],
    ['nodejs_heap_size_total_bytes', heapTotal],
    ['nodejs_heap_size_limit_bytes', getHeapStatistics().heap_size_limit],
    ['nodejs_external_memory_bytes', external],
  ];
}

async function countOpenFiles(): Promise<number | null> {
  const names = await readdir('/proc/self/fd').catch(() => null);
  // Of them, one is the directory itself.
  return names === null ? null : names.length - 1;
}

async function limitOfFiles(): Promise<number | null> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const most = /^Max open files +(\d+)/m.exec(text)?.[1];
  return most === undefined ? null : Number(most);
}
