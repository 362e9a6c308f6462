import { describe, expect, it } from 'vitest';
import { type Import, importsOf, isTest, readText, type SourceFile, sourcesIn } from './source.ts';

/** Which part of the source may know which: see "The arrows" in ARCHITECTURE.md. */
interface Arrow {
  readonly from: (path: string) => boolean;
  /** What it may import, besides its own folder where that is listed. */
  readonly may: readonly string[];
  /** What it may import by `import type` only. */
  readonly mayTypes: readonly string[];
  readonly mayPackages: boolean;
}

/** What stands below the rooms of the core. */
const coreBase = ['types', 'limits', 'errors', 'outcome-errors', 'result', 'entry', 'json', 'decimal'].map(
  (name) => `src/core/${name}.ts`,
);

/** The rooms of the core, each with the rooms that it may look into. What stands beside them may look into all. */
const coreRooms: Readonly<Record<string, readonly string[]>> = {
  equality: [],
  rule: ['equality'],
  tally: ['equality', 'rule'],
  group: ['equality', 'rule', 'tally'],
  view: ['equality', 'rule', 'tally', 'group'],
  snapshot: ['rule', 'tally', 'group'],
};

const arrows: readonly Arrow[] = [
  ...coreArrows(),
  { from: (path) => path === 'src/log/log.ts', may: [], mayTypes: [], mayPackages: false },
  { from: below('src/operator/'), may: ['src/operator/'], mayTypes: [], mayPackages: true },
  {
    from: (path) => ['src/certificates.ts', 'src/version.ts'].includes(path),
    may: [],
    mayTypes: [],
    mayPackages: true,
  },
  { from: below('src/log/'), may: ['src/log/', 'src/certificates.ts'], mayTypes: [], mayPackages: true },
  {
    from: below('src/replica/'),
    may: ['src/replica/', 'src/core/', 'src/log/log.ts'],
    mayTypes: [],
    mayPackages: true,
  },
  {
    from: below('src/http/mcp/'),
    may: ['src/http/', 'src/client/', 'src/mcp/'],
    mayTypes: [],
    mayPackages: true,
  },
  {
    from: below('src/http/'),
    may: ['src/http/', 'src/core/', 'src/replica/'],
    mayTypes: ['src/log/log.ts'],
    mayPackages: true,
  },
  {
    from: below('src/webhooks/'),
    may: ['src/webhooks/', 'src/core/', 'src/replica/'],
    mayTypes: [],
    mayPackages: true,
  },
  { from: below('src/client/'), may: ['src/client/'], mayTypes: ['src/core/'], mayPackages: true },
  {
    from: below('src/agents/'),
    may: ['src/agents/', 'src/client/'],
    mayTypes: ['src/core/'],
    mayPackages: true,
  },
  {
    from: below('src/mcp/'),
    may: ['src/mcp/', 'src/client/', 'src/version.ts'],
    mayTypes: ['src/core/'],
    mayPackages: true,
  },
  { from: below('src/play/'), may: ['src/play/', 'src/core/'], mayTypes: [], mayPackages: false },
  {
    from: below('src/web/'),
    may: ['src/web/', 'src/client/', 'src/core/', 'src/play/'],
    mayTypes: [],
    mayPackages: true,
  },
  {
    from: below('src/cli/'),
    may: [
      'src/cli/',
      'src/client/',
      'src/agents/',
      'src/mcp/',
      'src/operator/',
      'src/certificates.ts',
      'src/version.ts',
      'src/serve.ts',
      'src/offline.ts',
      'src/log-contents.ts',
    ],
    mayTypes: ['src/core/'],
    mayPackages: true,
  },
  {
    from: (path) =>
      ['serve', 'oversight', 'classroom', 'detail', 'spans', 'tracing', 'offline', 'log-contents'].some(
        (name) => path === `src/${name}.ts`,
      ),
    may: ['src/'],
    mayTypes: [],
    mayPackages: true,
  },
];

/** Imports against the arrows that were let through, each for a reason. Make this list shorter, never longer. */
const exceptions: ReadonlyMap<string, readonly string[]> = new Map([
  // The command line refuses a value that would be rounded before it is sent, by the server's own reader, and compares
  // a decision with the expected one as the server would.
  ['src/cli/arguments.ts', ['src/core/json.ts', 'src/core/limits.ts', 'src/core/equality/equality.ts']],
  // Recorded rounds are judged by another rule here, by the very code that judged them there.
  ['src/cli/log/replay.ts', ['src/core/view/counterfactual.ts', 'src/core/rule/settings.ts']],
]);

const sources = sourcesIn('src').filter((file) => !isTest(file));

describe('arrows between the parts of the source', () => {
  it('each import goes along an arrow', () => {
    const against = sources.flatMap((file) => {
      const arrow = arrows.find(({ from }) => from(file.path));
      if (arrow === undefined)
        return [`${file.path}: no arrow starts here; give its folder one in this test`];
      return importsOf(file).flatMap((one) => offence(file, arrow, one));
    });
    expect(against, against.join('\n')).toEqual([]);
  });

  it('each exception is still needed', () => {
    const unused = [...exceptions].flatMap(([path, targets]) => {
      const file = sources.find((one) => one.path === path);
      const used = file === undefined ? [] : importsOf(file).map(({ target }) => target);
      return targets
        .filter((target) => !used.includes(target))
        .map((target) => `${path} no longer imports ${target}: take it out of the list in this test`);
    });
    expect(unused, unused.join('\n')).toEqual([]);
  });

  it('only entry points of the package re-export', () => {
    const { exports } = JSON.parse(readText('package.json')) as { exports: Record<string, unknown> };
    const entries = JSON.stringify(exports)
      .match(/dist\/[\w/.-]+\.js/g)
      ?.map((path) => path.replace('dist/', 'src/').replace('.js', '.ts'));
    const reExport = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/m;
    const barrels = sources.filter(({ path, text }) => reExport.test(text) && !entries?.includes(path));
    const names = barrels.map(({ path }) => path);
    expect(names, `import from where it is defined instead of through ${names.join(', ')}`).toEqual([]);
  });

  it('no module holds state: three servers must fit in one process', () => {
    const found = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:export\s+)?(?:let|var)\s+(\w+)/gm)].map(
        ([, name]) => `${path}: keep ${name} in an object that its user makes, or in a function`,
      ),
    );
    expect(found, found.join('\n')).toEqual([]);
  });
});

function coreArrows(): Arrow[] {
  const known = { mayTypes: [], mayPackages: false };
  const rooms = Object.entries(coreRooms).map(([room, others]) => ({
    from: below(`src/core/${room}/`),
    may: [...coreBase, ...[room, ...others].map((name) => `src/core/${name}/`)],
    ...known,
  }));
  const base = { from: (path: string) => coreBase.includes(path), may: coreBase, ...known };
  return [...rooms, base, { from: below('src/core/'), may: ['src/core/'], ...known }];
}

function below(folder: string): (path: string) => boolean {
  return (path) => path.startsWith(folder);
}

function offence({ path }: SourceFile, arrow: Arrow, { target, relative, typeOnly }: Import): string[] {
  if (exceptions.get(path)?.includes(target)) return [];
  if (!relative) {
    if (arrow.mayPackages) return [];
    return [`${path} imports ${target}: this part imports no package and nothing of Node`];
  }
  const reaches = (places: readonly string[]): boolean =>
    places.some((place) => (place.endsWith('/') ? target.startsWith(place) : target === place));
  if (reaches(arrow.may) || (typeOnly && reaches(arrow.mayTypes))) return [];
  if (reaches(arrow.mayTypes))
    return [`${path} imports ${target}: write import type, only its types are known here`];
  return [
    `${path} imports ${target}: it may know only ${[...arrow.may, ...arrow.mayTypes].join(', ') || 'nothing'}`,
  ];
}
