import type { Applied } from '../../src/core/apply.ts';
import type { Entry } from '../../src/core/entry.ts';
import { noKeys } from '../../src/core/group/idempotency-keys.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';
import type { Outcome } from '../../src/core/types.ts';
import { afterEach, asDecoded, inside, type Mutant } from './mutant.ts';
import { claimMutants } from './mutants-claims.ts';
import { coreMutants } from './mutants-core.ts';
import { messageMutants } from './mutants-messages.ts';
import { ruleMutants } from './mutants-rules.ts';
import { timeMutants } from './mutants-time.ts';
import { webhookMutants } from './mutants-webhooks.ts';

type Open = { openedAt: number; rule: { revote: boolean; deadline: number | null } };

export const mutants: readonly Mutant[] = [
  ...coreMutants,
  ...timeMutants,
  ...ruleMutants,
  ...claimMutants,
  ...webhookMutants,
  ...messageMutants,
  { name: 'the driver skips a gap', killedBy: 'I8', driver: { skipsGaps: true } },
  { name: 'the driver applies a duplicate', killedBy: 'I8', driver: { appliesDuplicates: true } },
  { name: 'the watch resumes from the wrong position', killedBy: 'I8', driver: { resumesAtHead: true } },
  { name: 'a lost append is sent again blindly', killedBy: 'I4', driver: { appendsBlindly: true } },
  {
    name: 'a read joins one that had started before it',
    killedBy: 'I7',
    driver: { joinsReadUnderWay: true },
  },
  { name: 'the id of the log is not compared', killedBy: 'I15', driver: { takesAnyHistory: true } },
  { name: 'a checkpoint claims one entry too many', killedBy: 'I8', driver: { checkpointOffByOne: true } },
  {
    name: 'the log is trimmed beyond the checkpoint',
    killedBy: 'I8',
    driver: { trimsBeyondCheckpoint: true },
  },
  {
    name: 'a hash is told of a stretch that was not applied whole',
    killedBy: 'I14',
    replica: (replica) => {
      const parts = replica as unknown as { onApplied: (state: State, applied: Applied) => void };
      const { onApplied } = parts;
      parts.onApplied = (state, applied) => onApplied(state, { ...applied, whole: true });
    },
  },
  {
    name: 'a proposal is acknowledged before it is durable',
    killedBy: 'I5',
    replica: (replica) => {
      const submit = replica.submit.bind(replica);
      inside(replica).submit = (command, view) => {
        const group = command.type === 'propose' ? replica.state.groups.get(command.group) : undefined;
        const round = group?.open?.number;
        if (
          command.type !== 'propose' ||
          command.agent === null ||
          round === undefined ||
          command.round !== round
        )
          return submit(command, view);
        submit(command, () => undefined).catch(() => undefined);
        const result: Result = { ok: true, did: 'proposed', round, agent: command.agent };
        return Promise.resolve(view(result, replica.state));
      };
    },
  },
  {
    name: 'a proposal is acknowledged before it is applied',
    killedBy: 'I5',
    replica: (replica) => {
      const parts = replica as unknown as {
        log: { append(bytes: Uint8Array): Promise<unknown> };
        commands: { cameBack(serial: number): readonly { settle(r: Result, s: State): void }[] };
      };
      const append = parts.log.append.bind(parts.log);
      parts.log.append = async (bytes) => {
        const appended = await append(bytes);
        const { serial, commands } = JSON.parse(new TextDecoder().decode(bytes)) as Entry;
        const only = commands[0];
        if (commands.length !== 1 || only?.type !== 'propose' || only.agent === null || only.round === null)
          return appended;
        if (replica.state.groups.get(only.group)?.open?.number !== only.round) return appended;
        const result: Result = { ok: true, did: 'proposed', round: only.round, agent: only.agent };
        for (const queued of parts.commands.cameBack(serial)) queued.settle(result, replica.state);
        return appended;
      };
    },
  },
  {
    name: 'a retry names the next round',
    killedBy: 'I3',
    fetch: (fetch) => {
      let failed = '';
      return (async (input: string, init: RequestInit) => {
        const again = init.method === 'PUT' && failed === String(init.body);
        const next = (_: string, round: string): string => `/rounds/${Number(round) + 1}/proposals`;
        const url = again ? input.replace(/\/rounds\/(\d+)\/proposals/, next) : input;
        failed = String(init.body);
        const response = await fetch(url, init);
        failed = '';
        return response;
      }) as typeof globalThis.fetch;
    },
  },
  {
    name: 'apply reads the local clock',
    killedBy: 'I8',
    replica: asDecoded((entry, replica) => ({ ...entry, time: inside(replica).surroundings.now() })),
  },
  {
    name: 'commands are applied in the order of an object of theirs',
    killedBy: 'I6',
    replica: asDecoded((entry) => ({
      ...entry,
      commands: [...entry.commands].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    })),
  },
  {
    name: 'a server reads what it has without asking the log',
    killedBy: 'I7',
    replica: (replica) => {
      inside(replica).barrier = () => Promise.resolve();
    },
  },
  {
    name: 'ticks are dropped',
    killedBy: 'I12',
    replica: (replica) => {
      inside(replica).ticker.tickIn = () => {};
    },
  },
  {
    name: 'a cursor is ignored',
    killedBy: 'I9',
    replica: (replica) => {
      const wait = replica.waiters.wait.bind(replica.waiters);
      replica.waiters.wait = (group, kind, look, otherwise, limit) =>
        kind === 'change' ? Promise.resolve(otherwise()) : wait(group, kind, look, otherwise, limit);
    },
  },
  {
    name: 'a waiter subscribes after it has looked',
    killedBy: 'I12',
    replica: (replica, { world }) => {
      const { waiters } = replica;
      const wait = waiters.wait.bind(waiters);
      waiters.wait = async (group, kind, look, otherwise, limit) => {
        const seen = look();
        if (seen !== undefined) return seen;
        await world.sleep(8);
        let first = true;
        const later = (): ReturnType<typeof look> => {
          if (!first) return look();
          first = false;
          return undefined;
        };
        return wait(group, kind, later, otherwise, limit);
      };
    },
  },
  {
    name: 'a second proposal overwrites the first',
    killedBy: 'I6',
    replica: asDecoded((entry, replica) => {
      for (const command of entry.commands) {
        if (command.type !== 'propose') continue;
        const open = replica.state.groups.get(command.group)?.open as Open | null | undefined;
        if (open) open.rule = { ...open.rule, revote: true };
      }
      return entry;
    }),
  },
  {
    name: 'a deadline takes effect twice',
    killedBy: 'I8',
    replica: afterEach((state) => {
      for (const { open, closed, round, settings } of state.groups.values()) {
        const last = closed.get(round - 1);
        if (open === null || last?.reason !== 'deadline' || last.index !== state.index) continue;
        (open as unknown as Open).openedAt -= settings.rule.deadline ?? 0;
      }
    }),
  },
  {
    name: 'an anonymous seat is told twice',
    killedBy: 'I6',
    replica: afterEach((state, { commands }) => {
      for (const command of commands) {
        if (command.type !== 'tell') continue;
        const group = state.groups.get(command.group);
        if (group !== undefined) (group.toldLatest as Set<string>).delete(command.reader);
      }
    }),
  },
  {
    name: 'a reader without identity is told how the last round under its id ended',
    killedBy: 'I16',
    response: (response, request, replica) => {
      const { lastRound, closed } = replica.state.groups.get('default') ?? {};
      const own = lastRound?.get(request.path.slice('/state/'.length));
      const outcome = own === undefined ? undefined : closed?.get(own);
      if (request.method !== 'GET' || outcome === undefined) return response;
      return { ...response, text: `{"state":"${outcome.state}"}` };
    },
  },
  {
    name: 'idempotency keys are forgotten',
    killedBy: 'I6',
    replica: afterEach((state) => {
      for (const group of state.groups.values()) group.keys = noKeys;
    }),
  },
  {
    name: 'a lease runs out early on one server',
    killedBy: 'I8',
    replica: (replica, place) => {
      if (place.server !== 0) return;
      afterEach((state) => {
        for (const { members, leases } of state.groups.values())
          for (const member of members.values()) {
            if (!member.live) continue;
            member.expiresAt -= 1;
            leases.renewed(member);
          }
      })(replica, place);
    },
  },
  {
    name: 'an outcome is decided anew after it was told',
    killedBy: 'I1',
    replica: afterEach((state) => {
      for (const { closed, open } of state.groups.values()) {
        if (open === null) continue;
        for (const outcome of closed.values())
          if (outcome.index < state.index && outcome.state === 'FAILED')
            (outcome as { -readonly [K in keyof Outcome]: Outcome[K] }).reason = 'tie';
      }
    }),
  },
  {
    name: 'a blind round shows a value',
    killedBy: 'I11',
    response: (response, request, replica) => {
      const group = replica.state.groups.get(request.path.split('/')[3] ?? '');
      const value = [...(group?.open?.proposals.values() ?? [])][0]?.value;
      if (!response.text.startsWith('{"group"') || !value) return response;
      return {
        ...response,
        text: response.text.replace('"explain":"', `"explain":"${value.replaceAll('"', '')} `),
      };
    },
  },
  {
    name: 'an outcome is said to be kept no more',
    killedBy: 'I9',
    fetch: (fetch) => {
      // Who follows a group fetches what it missed round by round.
      return (async (input: string, init: RequestInit) => {
        const response = await fetch(input, init);
        if (init.method !== 'GET' || !/\/rounds\/\d+$/.test(input) || !response.ok) return response;
        const problem = {
          code: 'round-not-kept',
          title: 'gone',
          detail: 'gone',
          fix: '',
          outcome: 'not-executed',
        };
        return {
          ok: false,
          status: 410,
          headers: response.headers,
          text: async () => JSON.stringify(problem),
        };
      }) as unknown as typeof globalThis.fetch;
    },
  },
];
