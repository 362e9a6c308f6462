import { McpServer } from '@modelcontextprotocol/server';
import { packageVersion } from '../version.ts';
import { askHuman } from './ask-human.ts';
import { createGroup, join, listGroups } from './group-tools.ts';
import { explain, outcome, propose } from './round-tools.ts';
import type { Seats } from './seats.ts';
import { wait } from './wait-tool.ts';

const tools = [listGroups, createGroup, join, propose, wait, explain, outcome, askHuman];

const instructions =
  'Agree with other models, programs and people: each proposes a value in a numbered round, one rule decides. ' +
  'Join a group (or create_group), propose in its open round with a note that says why, then wait; a round that fails ' +
  'is followed by the next. When a person has to decide, use ask_human. Every call may be repeated safely.';
const aboutTokens = ' Once you have joined, give the token that join answered with every call.';

/** A server with all tools, for the caller whose seats these are. */
export function toolServer(seats: Seats): McpServer {
  const server = new McpServer(
    { name: 'quorate', version: packageVersion() },
    {
      // The list of tools never changes, so nobody need be told of changes.
      capabilities: { tools: { listChanged: false } },
      instructions: seats.keepsTokens ? instructions : instructions + aboutTokens,
    },
  );
  for (const tool of tools) tool(server, seats);
  return server;
}
