import { identify } from '../../lib/core/claims/job-identity.js';
import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import { Excuses } from '../../harness/judge/excuses.js';
import type { History } from '../../harness/history/history.js';
import type { Plan } from '../plan/plan.js';
import { workOf } from '../plan/work-of.js';
import { Chance } from '../time/chance.js';
import { Nemesis } from './nemesis.js';
import { Servers } from './servers.js';

/** After faults are over everything has to be done within this time, and what its handlers take, once it is due. */
const DRAINED_WITHIN_MS = 300_000;
const LOOK_AFTER_MS = 5_000;
/** Longer than a close may take. */
const CLOSED_WITHIN_MS = 60_000;

export interface Played {
  readonly record: History;
  /** Events of the virtual time. */
  readonly events: number;
  readonly virtualMs: number;
}

/** Plays a plan to its end. The same plan and bug give the same history. */
export async function play(plan: Plan, bug: Sabotage = {}): Promise<Played> {
  const servers = new Servers(plan, bug);
  const { time, record } = servers;
  const nemesis = new Nemesis(servers, new Chance(plan.seed, 'nemesis'));
  for (const job of plan.jobs) time.at(job.at, () => servers.ask(job));
  for (const word of plan.words) time.at(word.at, () => servers.say(word));
  for (const pause of plan.pauses) time.at(pause.at, () => servers.pause(pause));
  nemesis.plan(plan.faults);
  if (plan.night !== undefined) sleep(servers, plan.night);
  await time.reach(plan.endMs);
  if (plan.mode === 'liveness') {
    nemesis.heal();
    servers.resumeAll();
    await drain(servers, plan);
  }
  servers.rest('all');
  for (const application of servers.running) {
    application.process.go();
    void application.close();
  }
  await time.reach(time.now + CLOSED_WITHIN_MS);
  for (const { name } of servers.running)
    record.happened({ kind: 'gone', by: name, asked: true, how: 'not closed in time' });
  count(servers);
  return { record, events: time.events, virtualMs: time.now };
}

/** Nobody consumes for a while: days go by. */
function sleep(servers: Servers, { at, ms }: NonNullable<Plan['night']>): void {
  servers.time.at(at, () => {
    servers.rest('consumers');
    servers.processes.forEach((_, number) => {
      if (servers.consumes(number)) void servers.application(number)?.close();
    });
  });
  servers.time.at(at + ms, () => {
    servers.rest('nobody');
    servers.processes.forEach((_, number) => servers.startProcess(number));
  });
}

async function drain(servers: Servers, plan: Plan): Promise<void> {
  const { time, record } = servers;
  const withinMs = DRAINED_WITHIN_MS + 2 * workOf(plan);
  const forgotten = forgottenWaits(record);
  const from = time.now;
  let quietFrom = from;
  for (;;) {
    await time.reach(time.now + LOOK_AFTER_MS);
    // A pause that was on its way for long.
    servers.resumeAll();
    const due = latestDue(servers, forgotten);
    if (due === undefined && servers.unanswered === 0) break;
    // What is not due yet may wait; from then on its time counts.
    if (due !== undefined && due > record.now) {
      quietFrom = time.now + Math.min(due - record.now, 3_600_000);
      continue;
    }
    if (time.now > quietFrom + withinMs) {
      record.happened({ kind: 'drained', after: undefined });
      return;
    }
  }
  record.happened({ kind: 'drained', after: time.now - from });
}

/** When the last job is due, or is to run again, that is still on a node and not buried; undefined when there is none. */
function latestDue(servers: Servers, forgotten: ReadonlyMap<string, number>): number | undefined {
  let latest: number | undefined;
  const waits = new Map<string, number>();
  for (const { of, key, record } of servers.redis.table.dump()) {
    if (of === 'claim' && record.state === 'waiting') waits.set(key, record.notBefore);
  }
  for (const { memory } of servers.nodes) {
    for (const job of memory.jobs()) {
      if (job.state === 'buried' || job.state === 'invalid' || job.tube.name === 'dq-probe') continue;
      const due = Number(job.bytes().toString('latin1', 0, 13));
      const { key } = identify(job.tube.name, job.bytes());
      const wait = waits.get(key) ?? (job.state === 'delayed' ? forgotten.get(key) : undefined);
      latest = Math.max(latest ?? 0, due, wait ?? 0);
    }
  }
  return latest;
}

/** Until when jobs were to wait of which Redis has lost that: copies that were put back until then do not come up before. */
function forgottenWaits(record: History): ReadonlyMap<string, number> {
  const excuses = new Excuses(record.events);
  const waits = new Map<string, number>();
  for (const { key, at, answer, outcome, ms } of record.of('settled')) {
    if (answer !== 'settled') continue;
    if (outcome === 'again' && excuses.forgot(at, at, record.now)) waits.set(key, at + (ms ?? 0));
    else waits.delete(key);
  }
  return waits;
}

/** Tells every copy that is left on a node, or on the disk of one that is down. */
function count({ nodes, record }: Servers): void {
  for (const { endpoint, memory } of nodes) {
    const jobs =
      memory.state === 'down'
        ? memory.kept.map(({ tube, state, body }) => ({ tube, state, body: Buffer.from(body) }))
        : [...memory.jobs()].map((job) => ({ tube: job.tube.name, state: job.state, body: job.bytes() }));
    for (const { tube, state, body } of jobs) {
      if (tube === 'dq-probe' || state === 'invalid') continue;
      record.happened({ kind: 'leftover', node: endpoint, state, key: identify(tube, body).key });
    }
  }
}
