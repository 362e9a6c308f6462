import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { quorate } from './program.ts';

const hidden = ['complete'];

/** Every command that does something, with its path. */
function commandsOf(command: Command, path: readonly string[] = []): [path: string, command: Command][] {
  return command.commands
    .filter((inner) => !hidden.includes(inner.name()))
    .flatMap((inner) => {
      const here = [...path, inner.name()];
      return [[here.join(' '), inner] as [string, Command], ...commandsOf(inner, here)];
    });
}

/** What `--help` prints, with the texts around it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

/** The lines of a help page that are commands, without what a shell would do with them. */
function examplesIn(help: string): string[] {
  return [...help.matchAll(/^ {2}\$ quorate (.*)$/gm)].map(([, line]) =>
    String(line).replace(/ (?:[|<>]|&&) .*$/, ''),
  );
}

function words(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g)].map(([word]) =>
    word.replace(/^(['"])([\s\S]*)\1$/, '$2'),
  );
}

const pages = commandsOf(quorate(() => {})).map(([path, command]) => ({ path, help: helpOf(command) }));

test.each(pages)('quorate $path --help has an example and the exit codes', ({ path, help }) => {
  expect(examplesIn(help).some((example) => example.startsWith(path))).toBe(true);
  expect(help).toMatch(/Exit codes: 0 .*130/);
});

const examples = pages.flatMap(({ path, help }) => examplesIn(help).map((line) => ({ path, line })));

test.each(examples)('the example parses: quorate $line', async ({ path, line }) => {
  const program = quorate(() => {});
  const silent = { writeOut: () => {}, writeErr: () => {} };
  let ran = '';
  program.configureOutput(silent);
  for (const [name, command] of commandsOf(program)) {
    command.exitOverride().configureOutput(silent);
    command.action(() => {
      ran = name;
    });
  }
  await program.parseAsync(words(line), { from: 'user' }).catch((error: unknown) => {
    throw error instanceof CommanderError ? new Error(`${line}: ${error.message}`) : error;
  });
  expect(ran === path || ran.startsWith(`${path} `), ran).toBe(true);
});
