import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  fromJsonSchema,
  type InputRequiredResult,
  isInputRequiredResult,
  type jsonSchemaValidator,
  type McpServer,
  type ServerContext,
  type ToolAnnotations,
} from '@modelcontextprotocol/server';
import { type Static, type TObject, Type } from 'typebox';
import { QuorateError } from '../client/index.ts';
import { fixFor } from './fixes.ts';
import { checkInput } from './input.ts';
import { closed } from './schemas.ts';
import type { Seats } from './seats.ts';

/** What a tool is given beside its input. */
export interface Asking {
  /** Who calls. */
  readonly seats: Seats;
  /** Aborts when the caller has cancelled the call, or has gone. */
  readonly signal: AbortSignal;
  /** Tells the caller how far the call is, in seconds of `total`; null where the caller did not ask to be told. */
  readonly progress: ((done: number, total: number, message: string) => Promise<void>) | null;
  /** Whether the caller can put a form to the person who uses it. */
  readonly hasForms: boolean;
  /** What came of the form: what the person wrote, or null when there was none or it was not filled in. */
  readonly filledIn: Readonly<Record<string, unknown>> | null;
  /** What the tool gave along with the form; null when no form has been shown. */
  readonly formState: string | null;
}

interface Definition<I extends TObject, O extends TObject> {
  readonly name: string;
  readonly title: string;
  /** Whether a caller who keeps its tokens itself gives one with the call; default false. */
  readonly takesToken?: boolean;
  readonly description: string;
  readonly input: I;
  readonly output: O;
  readonly hints: ToolAnnotations;
  readonly run: (input: Static<I>, asking: Asking) => Promise<Static<O> | InputRequiredResult>;
}

/** The form's place among the inputs that a call asks for. */
export const formKey = 'vote';

/** Offers one tool on a server, to the caller whose seats these are. */
export type Tool = (server: McpServer, seats: Seats) => void;

const token = Type.String({
  description:
    'Speaks for you: the token that join answered, or the joinKey that create_group answered. Never show it to others.',
});

/** Inputs are checked by the tool itself, whose errors have a code and a fix. */
const takesAll: jsonSchemaValidator = {
  getValidator: () => (data) => ({ valid: true, data: data as never, errorMessage: undefined }),
};

/** A tool by its definition. An error of a group's call becomes the answer of the tool, with its code and its fix. */
export function tool<I extends TObject, O extends TObject>(definition: Definition<I, O>): Tool {
  const { name, title, description, hints, input, output, run, takesToken = false } = definition;
  const withToken = Type.Object({ ...input.properties, token: Type.Optional(token) }, closed);
  return (server, seats) => {
    const asksToken = takesToken && !seats.keepsTokens;
    const takes = asksToken ? withToken : input;
    const config = {
      title,
      description,
      annotations: { title, openWorldHint: false, destructiveHint: false, ...hints },
      inputSchema: fromJsonSchema<Static<I>>(takes as object, takesAll),
      outputSchema: fromJsonSchema<Static<O>>(output as object),
    };
    server.registerTool(name, config, async (given, context) => {
      try {
        checkInput(takes, given);
        const { token, ...asked } = given as Static<I> & { readonly token?: string };
        const caller = asksToken && token !== undefined ? seats.as(token) : seats;
        const answer = await run(asked as Static<I>, askingOf(server, caller, context));
        return isInputRequiredResult(answer) ? answer : said(answer as object);
      } catch (error) {
        if (error instanceof QuorateError) return refusal(error, seats.keepsTokens);
        throw error;
      }
    });
  };
}

function said(answer: object): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: { ...answer } };
}

/** An error as a tool answers it: the model reads what is wrong and how to fix it, a program reads `error`. */
function refusal(error: QuorateError, keepsTokens: boolean): CallToolResult {
  const { code, title, detail, outcome, errors, round, seq, since } = error;
  const lines = [`${title} (${code}): ${detail}`, ...errors.map((one) => `${one.field}: ${one.fix}`)];
  const fix = fixFor(error, keepsTokens);
  return {
    isError: true,
    content: [{ type: 'text', text: `${lines.join('\n')}\nFix: ${fix}` }],
    structuredContent: {
      error: { code, title, detail, fix, outcome, errors: [...errors], round, seq, since },
    },
  };
}

/** What the client says of itself with each request, in the later version of the protocol. */
type Envelope = { readonly [name: string]: ClientCapabilities | undefined };

function askingOf(server: McpServer, seats: Seats, { mcpReq }: ServerContext): Asking {
  const { signal, _meta, notify, inputResponses, envelope } = mcpReq;
  const progressToken = _meta?.progressToken;
  const stated = (envelope as Envelope | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
  const able = stated ?? server.server.getClientCapabilities();
  const form = able?.elicitation;
  return {
    seats,
    signal,
    progress:
      progressToken === undefined
        ? null
        : (progress, total, message) =>
            notify({ method: 'notifications/progress', params: { progressToken, progress, total, message } }),
    // By the protocol, whoever names no kind of form means the plain one.
    hasForms: form !== undefined && (form.form !== undefined || form.url === undefined),
    filledIn: acceptedContent(inputResponses, formKey) ?? null,
    formState: mcpReq.requestState<string>() ?? null,
  };
}
