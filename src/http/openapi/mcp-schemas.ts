import { Type } from 'typebox';

/** The schemas of the Model Context Protocol, as far as the document says something of it: its own specification says the rest. */

const version = Type.Literal('2.0');
const id = Type.Union([Type.String(), Type.Integer()]);
const members = Type.Object({});

export const mcpSchemas = {
  McpMessage: Type.Object({
    jsonrpc: version,
    id: Type.Optional(id),
    method: Type.String(),
    params: Type.Optional(members),
  }),
  McpAnswer: Type.Object({
    jsonrpc: version,
    id: Type.Optional(id),
    result: Type.Optional(members),
    error: Type.Optional(members),
  }),
};
