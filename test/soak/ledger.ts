import { connect, type Json, QuorateError } from '../../src/client/index.ts';

/** How many of each group are remembered: more than the load's retention keeps, so that the check also sees what it may not. */
const remembered = 60;

interface Acknowledged {
  readonly rounds: Map<number, string>;
  readonly messages: Map<number, string>;
  /** Results of claims, by their round. */
  readonly spent: Map<number, string>;
}

/** Everything that a deployment has acknowledged and must still know. */
export class Ledger {
  private readonly groups = new Map<string, Acknowledged>();
  private readonly deleted: string[] = [];
  /** How much was acknowledged in all. */
  readonly counts = { groups: 0, deleted: 0, rounds: 0, messages: 0, claims: 0, checks: 0, compared: 0 };

  created(group: string): void {
    this.counts.groups += 1;
    this.groups.set(group, { rounds: new Map(), messages: new Map(), spent: new Map() });
  }

  round(group: string, number: number, state: string, value: Json): void {
    this.counts.rounds += 1;
    keep(this.groups.get(group)?.rounds, number, `${state} ${JSON.stringify(value)}`);
  }

  said(group: string, offset: number, body: Json): void {
    this.counts.messages += 1;
    keep(this.groups.get(group)?.messages, offset, JSON.stringify(body));
  }

  spent(group: string, round: number, result: Json): void {
    this.counts.claims += 1;
    keep(this.groups.get(group)?.spent, round, JSON.stringify(result));
  }

  roundsOf(group: string): readonly number[] {
    return [...(this.groups.get(group)?.rounds.keys() ?? [])];
  }

  /** It is about to be deleted, or will go by itself: nothing more is promised of it. */
  letGo(group: string): void {
    this.groups.delete(group);
  }

  /** Its deletion was acknowledged. */
  gone(group: string): void {
    this.counts.deleted += 1;
    this.deleted.push(group);
    if (this.deleted.length > 20) this.deleted.shift();
  }

  /** What the server at this address does not know, of all that was acknowledged before the check began. */
  async missingAt(url: string): Promise<string[]> {
    this.counts.checks += 1;
    const client = connect({ url });
    const wrong: string[] = [];
    for (const [name, kept] of [...this.groups]) {
      // What is acknowledged while the server answers may be missing in its answer.
      const known = {
        rounds: new Map(kept.rounds),
        messages: new Map(kept.messages),
        spent: new Map(kept.spent),
      };
      try {
        const group = client.group(name);
        const rounds = known.rounds.size === 0 ? [] : await group.rounds({ limit: 1000 });
        const closed = rounds.filter(({ state }) => state !== 'WAITING');
        const found = closed.map((one) => [one.round, `${one.state} ${JSON.stringify(one.value)}`] as const);
        wrong.push(...this.differ(`${name} round`, known.rounds, new Map(found)));

        const messages = new Map<number, string>();
        if (known.messages.size > 0)
          for await (const one of group.messages())
            messages.set(one.offset, one.type === 'message' ? JSON.stringify(one.body) : 'withheld');
        wrong.push(...this.differ(`${name} message`, known.messages, messages));

        for (const [round, result] of known.spent) {
          const claim = await group.readClaim(round);
          this.counts.compared += 1;
          if (claim.state !== 'spent' || JSON.stringify(claim.result) !== result)
            wrong.push(`${name} round ${round}: its claim is ${claim.state}, it was spent with ${result}`);
        }
        if (known.rounds.size + known.messages.size + known.spent.size === 0) await group.show();
      } catch (error) {
        if (!(error instanceof QuorateError) || error.code !== 'group-not-found') throw error;
        if (this.groups.has(name)) wrong.push(`${name}: not there`);
      }
    }
    for (const name of [...this.deleted]) {
      const status = await fetch(`${url}/v1/groups/${name}`).then((reply) =>
        reply.text().then(() => reply.status),
      );
      this.counts.compared += 1;
      if (status !== 404) wrong.push(`${name}: deleted, and there again (${status})`);
    }
    return wrong;
  }

  /** Retention may take away from the front; what is behind the first that is kept must all be there. */
  private differ(
    what: string,
    known: ReadonlyMap<number, string>,
    found: ReadonlyMap<number, string>,
  ): string[] {
    const first = Math.min(...found.keys());
    return [...known].flatMap(([number, value]) => {
      if (number < first && found.size > 0) return [];
      this.counts.compared += 1;
      const there = found.get(number);
      return there === value ? [] : [`${what} ${number}: ${there ?? 'not there'}, acknowledged: ${value}`];
    });
  }
}

function keep(map: Map<number, string> | undefined, key: number, value: string): void {
  if (map === undefined) return;
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > remembered && oldest !== undefined) map.delete(oldest);
}
