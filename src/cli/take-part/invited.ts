import type { Command } from 'commander';
import type { Group } from '../../client/index.ts';
import { instanceFor } from './instance.ts';

/** Asks the server that the link of an invite leads to, where no other is named. */
export function followLink(command: Command, invite: string): void {
  const [, server] = /^(https?:\/\/.+)\/g\/[^/]+\/vote\b/.exec(invite) ?? [];
  if (server !== undefined && command.getOptionValueSourceWithGlobals('url') === 'default')
    command.parent?.setOptionValueWithSource('url', server, 'link');
}

/**
 * The group for the holder of an invite, whose secret or link this is; without one as it is. The token is not kept: the same
 * machine gets the same one again. It joins nothing, so that nobody is absent who has closed the terminal. [Q5.15]
 */
export async function invited(
  group: Group,
  agent: string,
  invite: string | undefined,
  instance: string | undefined,
): Promise<Group> {
  if (invite === undefined) return group;
  const secret = invite.slice(invite.indexOf('#') + 1);
  const { token } = await group.redeem(agent, secret, { instance: instanceFor(secret, instance) });
  return group.as(token);
}
