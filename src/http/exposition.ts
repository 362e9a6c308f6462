/** Numbers as the Prometheus text format 0.0.4 writes them. */

/** Labels in braces, or nothing, and a value. For a histogram the suffix stands before the braces. */
export type Sample = readonly [labels: string, value: number];

/** Durations counted by how long they were. */
export class Histogram {
  private readonly bounds: readonly number[];
  private readonly counts: number[];
  private sum = 0;

  /** `bounds`: upper ends in seconds, ascending. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = [...bounds.map(() => 0), 0];
  }

  observe(seconds: number): void {
    let i = 0;
    while (i < this.bounds.length && seconds > (this.bounds[i] as number)) i += 1;
    this.counts[i] = (this.counts[i] as number) + 1;
    this.sum += seconds;
  }

  samples(): readonly Sample[] {
    let total = 0;
    const buckets = this.counts.map((count, i): Sample => {
      total += count;
      return [`_bucket{le="${this.bounds[i] ?? '+Inf'}"}`, total];
    });
    return [...buckets, ['_sum', this.sum], ['_count', total]];
  }
}

export function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** A gauge with one value, or a sample for each set of labels; nothing without samples. */
export function gauge(name: string, help: string, value: number | readonly Sample[]): string {
  return family(name, 'gauge', help, typeof value === 'number' ? [['', value]] : value);
}

export function counter(name: string, help: string, samples: readonly Sample[]): string {
  return family(name, 'counter', help, samples);
}

export function counted(label: string, counts: ReadonlyMap<string, number>): readonly Sample[] {
  return [...counts].map(([value, count]) => [labels({ [label]: value }), count]);
}

export function labels(pairs: Readonly<Record<string, string>>): string {
  const written = Object.entries(pairs).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${written.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
