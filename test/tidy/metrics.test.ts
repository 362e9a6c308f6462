import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metrics } from '../../src/http/metrics/catalogue.ts';
import { readText, root } from './source.ts';

const page = 'docs/metrics.md';
const dashboard = 'deploy/grafana/quorate.json';
const alerts = 'deploy/prometheus/alerts.yaml';

/** The table of all metrics, from the catalogue alone. */
function table(): string {
  const rows = metrics.map(([name, { type, labels = [], help, missing }]) => {
    const what = missing === undefined ? help : `${help} Not there where ${missing}.`;
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${what} |`;
  });
  return ['| name | type | labels | what |', '|---|---|---|---|', ...rows].join('\n');
}

/** The names of metrics in a text; the parts of a histogram count as their family. */
function namesIn(text: string): Set<string> {
  const names = [...text.matchAll(/\b(?:quorate|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
  const histograms = new Set(metrics.flatMap(([name, { type }]) => (type === 'histogram' ? [name] : [])));
  return new Set(
    names.map((name) => {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      return histograms.has(family) ? family : name;
    }),
  );
}

const known = new Set(metrics.map(([name]) => name));

describe('metrics', () => {
  it(`are all in the table of ${page}`, () => {
    const text = readText(page);
    const written = text.replace(/^\| name \| type \|.*\n(?:\|.*\n)*|$(?![\s\S])/m, `${table()}\n`);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(join(root, page), written);
    expect(readText(page), 'rewrite it: UPDATE_DOCS=1 npx vitest run test/tidy/metrics.test.ts').toContain(
      `${table()}\n`,
    );
  });

  it.each([page, dashboard, alerts, 'docs/operate.md', 'docs/cluster.md', 'docs/webhooks.md', 'README.md'])(
    'that %s names exist',
    (path) => {
      expect([...namesIn(readText(path))].filter((name) => !known.has(name))).toEqual([]);
    },
  );

  it('have no label that grows with what is in the log', () => {
    const bounded = new Set(
      'version commit node log durability method route status code why result state reason use'.split(' '),
    );
    const found = metrics.flatMap(([name, { labels = [] }]) =>
      labels.filter((label) => !bounded.has(label)).map((label) => `${name}: ${label}`),
    );
    expect(found).toEqual([]);
  });
});

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

describe(alerts, () => {
  const rules = (parse(readText(alerts)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  );

  it.each(rules)(
    '$alert says what is the matter, what to do, and where that is written',
    ({ alert, ...rule }) => {
      const { summary = '', description = '', action = '', runbook_url = '' } = rule.annotations;
      for (const text of [summary, description, action]) expect(text.length).toBeGreaterThan(15);
      expect(['critical', 'warning', 'info']).toContain(rule.labels.severity);
      expect(runbook_url.endsWith(`/${page}#${alert.toLowerCase()}`), runbook_url).toBe(true);
      expect(readText(page)).toContain(`\n### ${alert}\n`);
    },
  );

  it('is tried, each rule by itself', () => {
    const { tests } = parse(readText(alerts.replace('.yaml', '.test.yaml'))) as { tests: { name: string }[] };
    expect(tests.map(({ name }) => name)).toEqual(rules.map(({ alert }) => alert));
  });
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

describe(dashboard, () => {
  const text = readText(dashboard);

  it('takes its Prometheus from a variable, so that it can be imported and provisioned anywhere', () => {
    expect(text).not.toContain('__inputs');
    const sources = [...text.matchAll(/"type": "prometheus",\s*"uid": "([^"]*)"/g)].map(([, uid]) => uid);
    expect(sources.length).toBeGreaterThan(30);
    expect(new Set(sources)).toEqual(new Set([`$${'{datasource}'}`]));
  });

  const { schemaVersion, panels } = JSON.parse(text) as { schemaVersion: number; panels: Panel[] };

  it('is of the one schema it was written for, with three kinds of panel, and names each thing once', () => {
    expect(schemaVersion).toBe(38);
    expect(new Set(panels.map(({ type }) => type))).toEqual(new Set(['row', 'stat', 'timeseries']));
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it.each(panels.filter(({ type }) => type !== 'row'))(
    '$title says what it shows, in which unit, from the variables and under which names',
    ({ description, datasource, fieldConfig, targets }) => {
      expect(description).toMatch(/^[A-Z1].+\.$/);
      expect(datasource?.uid).toBe(`$${'{datasource}'}`);
      // Those of Grafana that are needed: it shows any other as a suffix, and says nothing.
      const units = ['none', 's', 'd', 'bytes', 'percentunit', 'reqps', 'ops', 'cps'];
      expect(units).toContain(fieldConfig?.defaults.unit);
      const series = targets ?? [];
      expect(series.length).toBeGreaterThan(0);
      expect(new Set(series.map(({ refId }) => refId)).size).toBe(series.length);
      for (const { expr, legendFormat } of series) {
        for (const [, labels] of expr.matchAll(/\{([^}]*)\}/g))
          expect(labels).toContain('job=~"$job",instance=~"$instance"');
        // A name of a series can only use labels that the query keeps.
        for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(/\bby \(/.test(expr) ? expr : 'instance').toMatch(new RegExp(`\\b${label}\\b`));
      }
    },
  );

  it('has a place for each panel: 24 columns wide, none over another', () => {
    const taken = new Map<string, string>();
    const wrong: string[] = [];
    for (const { title, gridPos } of panels) {
      if (gridPos.x + gridPos.w > 24) wrong.push(`${title} is too far to the right`);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          const other = taken.get(`${x} ${y}`);
          if (other !== undefined && other !== title) wrong.push(`${title} over ${other}`);
          taken.set(`${x} ${y}`, title);
        }
    }
    expect([...new Set(wrong)]).toEqual([]);
  });
});
