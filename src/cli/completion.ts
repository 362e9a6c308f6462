import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** `quorate completion <shell>` prints a script that asks the hidden command `complete` at each Tab. */
export function registerCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description(
      'print a script that completes commands and options: bash (with its package bash-completion), zsh, fish or powershell',
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ quorate completion bash > ~/.local/share/bash-completion/completions/quorate',
    );
}

/** Whether the command is part of completion, which must print nothing else and never fail. */
export function isCompletion(command: Command): boolean {
  return command.name() === 'completion' || command.name() === 'complete';
}
