/** Numbers as the Prometheus text format 0.0.4 writes them. */

/** Labels in braces, or nothing, and a value. For a histogram the suffix stands before the braces. */
export type Sample = readonly [labels: string, value: number];

/** Labels of a sample, by name. */
export type Labels = Readonly<Record<string, string>>;

/** Durations or sizes, counted by how long or large they were. It only grows, so that any number of scrapers may read it. */
export class Histogram {
  private readonly bounds: readonly number[];
  private readonly counts: number[];
  private sum = 0;

  /** `bounds`: upper ends, ascending; durations are in seconds. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = [...bounds.map(() => 0), 0];
  }

  observe(value: number): void {
    let i = 0;
    while (i < this.bounds.length && value > (this.bounds[i] as number)) i += 1;
    this.counts[i] = (this.counts[i] as number) + 1;
    this.sum += value;
  }

  samples(of: Labels = {}): readonly Sample[] {
    let total = 0;
    const buckets = this.counts.map((count, i): Sample => {
      total += count;
      return [`_bucket${labels({ ...of, le: String(this.bounds[i] ?? '+Inf') })}`, total];
    });
    const own = labels(of);
    return [...buckets, [`_sum${own}`, this.sum], [`_count${own}`, total]];
  }
}

/** A family with its help and type; nothing without samples. */
export function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

export function counted(label: string, counts: ReadonlyMap<string, number>): readonly Sample[] {
  return [...counts].map(([value, count]) => [labels({ [label]: value }), count]);
}

export function labels(pairs: Labels): string {
  const written = Object.entries(pairs).map(([name, value]) => `${name}="${escaped(value)}"`);
  return written.length === 0 ? '' : `{${written.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
