import type { LogMember } from '../log.ts';
import type { EtcdClient } from './client.ts';
import { EtcdError } from './errors.ts';
import { type MemberListResponse, methods, type StatusResponse } from './messages.ts';
import { SharedRead } from './shared-read.ts';

/** ms that a member may take before it counts as down. */
const answerMs = 1000;

type Listed = MemberListResponse['members'][number];

/** The members of the cluster as they are now, asked one by one: also those of a cluster that has no majority. */
export class MemberStates {
  readonly #client: EtcdClient;
  readonly #reads = new SharedRead(() => this.#read());
  /** What each member said last, by its number among the endpoints. */
  readonly #said = new Map<number, StatusResponse>();
  #listed: readonly Listed[] = [];

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  read(): Promise<readonly LogMember[]> {
    return this.#reads.next();
  }

  async #read(): Promise<readonly LogMember[]> {
    const [states, lists] = await Promise.all([
      this.#client.askEach(methods.status, {}, answerMs),
      this.#client.askEach(methods.memberList, {}, answerMs),
    ]);
    const list = lists.find((one): one is MemberListResponse => !(one instanceof EtcdError));
    if (list !== undefined) this.#listed = list.members;
    const reached = this.#client.endpoints.map((endpoint, i) => this.#member(endpoint, i, states[i]));
    const named = new Set(reached.map(({ id }) => id));
    const others = this.#listed.filter(({ id }) => !named.has(id)).map(unreached);
    return [...reached.map(({ member }) => member), ...others].sort(byName);
  }

  #member(endpoint: string, i: number, state: StatusResponse | EtcdError | undefined) {
    const isUp = state !== undefined && !(state instanceof EtcdError);
    if (isUp) this.#said.set(i, state);
    const said = this.#said.get(i);
    const listed = this.#listed.find(({ id, clientUrls }) =>
      said === undefined
        ? clientUrls.some((url) => url.endsWith(`//${endpoint}`))
        : said.header.memberId === id,
    );
    const member: LogMember = {
      name: listed?.name || endpoint,
      endpoint,
      isUp,
      detail: state instanceof EtcdError ? state.message : null,
      role: said === undefined ? null : roleIn(said),
      term: said?.raftTerm ?? null,
    };
    return { id: listed?.id ?? null, member };
  }
}

function roleIn({ header, leader, isLearner }: StatusResponse): NonNullable<LogMember['role']> {
  if (isLearner) return 'learner';
  return leader === header.memberId ? 'leader' : 'follower';
}

/** A member that is at none of the endpoints that this server was given. */
function unreached({ name, clientUrls }: Listed): LogMember {
  const detail = 'this server was not told where it is';
  return { name: name || clientUrls[0] || '?', endpoint: null, isUp: false, detail, role: null, term: null };
}

function byName(one: LogMember, other: LogMember): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
