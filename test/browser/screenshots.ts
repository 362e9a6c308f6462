import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDeployment } from '../cluster/deployment.ts';
import { startServer } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { type Looks, lanHost, openChromium, Visitor } from './chromium.ts';
import { ClusterPage } from './pages/cluster.ts';
import { voteOn } from './pulse.ts';
import { setScene, type View, views } from './scene.ts';

/**
 * Pictures of each page in each of its states, at the widths of a telephone, a tablet and a desk, light and dark, in
 * .cache/screenshots. `--docs`: those that README.md and docs/ show, in docs/pictures. `--es`: in Spanish. Other arguments: words that
 * the name of a picture must hold one of; none: all.
 */

interface Picture {
  readonly view: View;
  readonly path: string;
  readonly looks: Looks;
  /** Whether all of the page is in it, also what is below the window. */
  readonly fullPage: boolean;
}

function picturesToLookAt(): Picture[] {
  const locale = process.argv.includes('--es') ? 'es-MX' : 'en-GB';
  const tail = process.argv.includes('--es') ? '-es' : '';
  return views.flatMap((view) =>
    [360, 800, 1600].flatMap((width) =>
      [false, true].map((dark) => ({
        view,
        path: `.cache/screenshots/${view.name}-${width}-${dark ? 'dark' : 'light'}${tail}.png`,
        looks: { width, height: width === 360 ? 740 : 1000, dark, lan: view.lan === true, locale },
        fullPage: true,
      })),
    ),
  );
}

/** The pictures of the documents, by the name of the file: the view, and the size of the window. */
const shown: Readonly<Record<string, readonly [view: string, width: number, height: number, more?: Looks]>> =
  {
    'three-agents': ['group-three', 1120, 690],
    'three-agents-dark': ['group-three', 1120, 690, { dark: true }],
    'tres-agentes': ['group-three', 1120, 690, { locale: 'es-419' }],
    overview: ['overview', 1120, 620],
    'overview-empty': ['overview-empty', 1120, 760],
    new: ['new-wrong', 1120, 620],
    group: ['group-open-lan', 1120, 760],
    play: ['play', 1120, 820],
    vote: ['vote-chosen', 390, 780],
    durable: ['vote-durable', 390, 780],
    wall: ['wall-open', 1120, 630],
  };

function picturesOfDocs(): Picture[] {
  return Object.entries(shown).map(([name, [viewName, width, height, more]]) => {
    const view = views.find((one) => one.name === viewName);
    if (view === undefined) throw new Error(`there is no view ${viewName}`);
    return {
      view,
      path: `docs/pictures/${name}.png`,
      looks: { width, height, lan: view.lan === true, ...more },
      fullPage: false,
    };
  });
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const pictures = (process.argv.includes('--docs') ? picturesOfDocs() : picturesToLookAt())
  .filter(({ path }) => wanted.length === 0 || wanted.some((word) => path.includes(word)))
  // Those of a server without groups come first: then the scene is set.
  .sort(
    (one, other) => Number(other.view.isOfEmptyServer === true) - Number(one.view.isOfEmptyServer === true),
  );
mkdirSync('.cache/screenshots', { recursive: true });
mkdirSync('docs/pictures', { recursive: true });
/** Three servers over three members of etcd, whose leader was killed while votes went on. */
async function pictureOfCluster(path: string): Promise<void> {
  const etcd = etcdBinary();
  if (etcd === null) throw new Error('there is no etcd');
  const deployment = await startDeployment(etcd);
  const ending = new AbortController();
  const voting = voteOn(deployment.urls, ending.signal);
  const url = deployment.servers[0]?.url ?? '';
  const visitor = await Visitor.arrive(browser, url, { width: 1120, height: 940 });
  try {
    const page = await new ClusterPage(await visitor.tab()).open(url);
    await sleep(20_000);
    await (await deployment.etcd.leader()).kill();
    await page.big.filter({ hasText: '2 of 3' }).waitFor();
    await sleep(12_000);
    await page.page.screenshot({ path, animations: 'disabled' });
    console.log(path);
  } finally {
    await visitor.leave();
    ending.abort();
    await voting;
    await deployment.stop();
  }
}

const server = await startServer(['--log', 'memory:', '--allow-host', lanHost, '--name', 'server-1']);
const browser = await openChromium();
try {
  let isSet = false;
  for (const { view, path, looks, fullPage } of pictures) {
    if (!isSet && view.isOfEmptyServer !== true) {
      await setScene(server.url);
      isSet = true;
    }
    const visitor = await Visitor.arrive(browser, server.url, looks);
    try {
      const { page } = await view.open(visitor);
      await page.screenshot({ path, fullPage, animations: 'disabled' });
      console.log(path);
    } catch (error) {
      process.exitCode = 1;
      console.error(`${path}: ${error instanceof Error ? error.message : error}`);
    }
    for (const complaint of visitor.complaints) console.error(`${path}: ${complaint}`);
    await visitor.leave();
  }
  const ofCluster = 'docs/pictures/cluster.png';
  if (
    process.argv.includes('--docs') &&
    (wanted.length === 0 || wanted.some((word) => ofCluster.includes(word)))
  )
    await pictureOfCluster(ofCluster);
} finally {
  await browser.close();
  await server.stop();
}
