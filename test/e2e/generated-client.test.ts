import { execFileSync } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ask } from '../conformance/http/ask.ts';
import { startServer, temporaryFolder } from '../harness/server.ts';
import { pythonClientMaker } from '../harness/tools.ts';
import { asOpenApi30 } from './openapi-30.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('a TypeScript client that a generator makes from /openapi.json plays a round', async () => {
  const { path, remove } = temporaryFolder();
  const server = await startServer(['--log', 'memory:']);
  try {
    writeFileSync(join(path, 'openapi.json'), (await ask(server.url, 'GET', '/openapi.json')).text);
    writeFileSync(join(path, 'package.json'), '{"type": "module"}');
    copyFileSync(join(root, 'test/e2e/generated-client/round.ts'), join(path, 'round.ts'));
    symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
    const run = (program: string, ...args: readonly string[]) =>
      execFileSync(process.execPath, [join(root, 'node_modules', program), ...args], {
        cwd: path,
        encoding: 'utf8',
        timeout: 60_000,
      });
    run('oazapfts/dist/cli.js', 'openapi.json', 'client.ts');
    run(
      ...(['typescript/bin/tsc', 'round.ts', '--strict', '--skipLibCheck', '--types', 'node'] as const),
      ...(['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom'] as const),
    );
    const made = (await import(pathToFileURL(join(path, 'round.js')).href)) as {
      playRound(url: string): Promise<unknown>;
    };
    const played = await made.playRound(server.url);
    const outcome = expect.objectContaining({
      state: 'SUCCESS',
      reason: 'agreed',
      value: 'pizza',
      present: 3,
    });
    expect(played).toEqual({
      complaints: expect.arrayContaining([expect.objectContaining({ field: 'rule.electorate' })]),
      outcomes: [outcome, outcome, outcome],
      read: outcome,
      dissent: [{ value: 'soup', agents: ['bob'] }],
      late: { code: 'round-closed', fix: expect.stringMatching(/./), was: 'pizza' },
      missing: 404,
    });
  } finally {
    await server.stop();
    remove();
  }
});

const maker = pythonClientMaker();

test.skipIf(maker === null)(
  'a Python client that a generator makes from /openapi.json plays a round',
  async () => {
    const { generator, python } = maker as NonNullable<typeof maker>;
    const { path, remove } = temporaryFolder();
    const server = await startServer(['--log', 'memory:']);
    try {
      const document = JSON.parse((await ask(server.url, 'GET', '/openapi.json')).text);
      writeFileSync(join(path, 'openapi.json'), JSON.stringify(asOpenApi30(document)));
      const run = (program: string, ...args: readonly string[]) =>
        execFileSync(program, args, {
          cwd: path,
          env: python.env,
          encoding: 'utf8',
          timeout: 120_000,
          stdio: 'pipe',
        });
      const parts =
        'apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false';
      run(
        ...([generator, 'generate', '-i', 'openapi.json', '-g', 'python', '-o', '.'] as const),
        ...['--package-name', 'quorate_generated', '--skip-validate-spec', '--global-property', parts],
      );
      // What is in a union has a name, without which generators drop the routes that take it.
      const { schemas } = document.components;
      const members = ['Electorate', 'Part'].flatMap((union) => schemas[union].anyOf.map(nameOf));
      expect(members).toEqual(expect.arrayContaining(['ElectorateByName', 'AnyPartElectorate', 'Panel']));
      const listing = `from quorate_generated import models; print([one for one in ${JSON.stringify(members)} if not hasattr(models, one)])`;
      expect(run(python.path, '-c', listing)).toBe('[]\n');

      copyFileSync(join(root, 'test/e2e/generated-client/round.py'), join(path, 'round.py'));
      const outcome = ['SUCCESS', 'agreed', 'pizza', 3];
      expect(JSON.parse(run(python.path, 'round.py', server.url))).toEqual({
        outcomes: { ann: outcome, bob: outcome, cy: outcome },
        read: outcome,
        dissent: [['soup', ['bob']]],
        late: { status: 409, code: 'round-closed', fix: expect.stringMatching(/./) },
        missing: { status: 404, code: 'group-not-found', fix: expect.stringMatching(/./) },
      });
    } finally {
      await server.stop();
      remove();
    }
  },
);

const nameOf = ({ $ref }: { readonly $ref: string }): string => $ref.split('/').at(-1) as string;
