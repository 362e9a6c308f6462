import { resolve } from 'node:path';
import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

/** Both versions of the Model Context Protocol, and how a client asks for each. */
export const protocols = [
  ['2025-11-25', 'legacy'],
  ['2026-07-28', { pin: '2026-07-28' }],
] as const;
export type Protocol = (typeof protocols)[number][1];

interface Answer {
  readonly isError: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came.
  readonly body: any;
  readonly text: string;
}

type Limits = NonNullable<Parameters<Client['callTool']>[1]>;

/** A model's client: calls tools, and closes what it has opened. */
export interface ModelClient {
  readonly client: Client;
  call(name: string, input: object, limits?: Limits): Promise<Answer>;
  close(): Promise<void>;
}

/** A client that has started `quorate mcp` for itself. */
export async function overStdio(
  url: string,
  mode: Protocol,
  options: ClientOptions = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ModelClient> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [resolve('bin/quorate.js'), 'mcp', '--url', url],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NO_COLOR: '1', ...env },
    stderr: 'ignore',
  });
  return connected(
    new Client({ name: 'test', version: '1' }, { ...options, versionNegotiation: { mode } }),
    transport,
  );
}

/** A client of the tools that the server itself offers. */
export async function overHttp(
  url: string,
  mode: Protocol,
  options: ClientOptions = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<ModelClient> {
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } });
  return connected(
    new Client({ name: 'test', version: '1' }, { ...options, versionNegotiation: { mode } }),
    transport,
  );
}

async function connected(client: Client, transport: Parameters<Client['connect']>[0]): Promise<ModelClient> {
  await client.connect(transport);
  return {
    client,
    call: async (name, input, limits) => {
      const {
        isError = false,
        structuredContent,
        content,
      } = await client.callTool({ name, arguments: { ...input } }, limits);
      const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
      return { isError, body: structuredContent, text };
    },
    close: () => client.close(),
  };
}
