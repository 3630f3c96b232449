import { identify } from '../../lib/core/claims/job-identity.js';
import type { Bug } from '../bugs/bug.js';
import type { Chronicle } from '../history/chronicle.js';
import type { Plan } from '../plan/plan.js';
import { workOf } from '../plan/work-of.js';
import { Chance } from '../time/chance.js';
import { Nemesis } from './nemesis.js';
import { World } from './world.js';

/** After faults are over everything has to be done within this time, and what its handlers take, once it is due. */
const DRAINED_WITHIN_MS = 300_000;
const LOOK_AFTER_MS = 5_000;
/** Longer than a close may take. */
const CLOSED_WITHIN_MS = 60_000;

export interface Played {
  readonly record: Chronicle;
  /** Events of the virtual time. */
  readonly events: number;
  readonly virtualMs: number;
}

/** Plays a plan to its end. The same plan and bug give the same history. */
export async function play(plan: Plan, bug: Bug = {}): Promise<Played> {
  const world = new World(plan, bug);
  const { time, record } = world;
  const nemesis = new Nemesis(world, new Chance(plan.seed, 'nemesis'));
  for (const job of plan.jobs) time.at(job.at, () => world.ask(job));
  nemesis.plan(plan.faults);
  if (plan.night !== undefined) sleep(world, plan.night);
  await time.reach(plan.endMs);
  if (plan.mode === 'liveness') {
    nemesis.heal();
    await drain(world, DRAINED_WITHIN_MS + 2 * workOf(plan));
  }
  world.rest('all');
  for (const application of world.running) {
    application.process.go();
    void application.close();
  }
  await time.reach(time.now + CLOSED_WITHIN_MS);
  for (const { name } of world.running) record.add({ kind: 'gone', by: name, asked: true, how: 'not closed in time' });
  count(world);
  return { record, events: time.events, virtualMs: time.now };
}

/** Nobody consumes for a while: days go by. */
function sleep(world: World, { at, ms }: NonNullable<Plan['night']>): void {
  world.time.at(at, () => {
    world.rest('consumers');
    world.processes.forEach((_, number) => {
      if (world.consumes(number)) void world.application(number)?.close();
    });
  });
  world.time.at(at + ms, () => {
    world.rest('nobody');
    world.processes.forEach((_, number) => world.startProcess(number));
  });
}

async function drain(world: World, withinMs: number): Promise<void> {
  const { time, record } = world;
  const from = time.now;
  let quietFrom = from;
  for (;;) {
    await time.reach(time.now + LOOK_AFTER_MS);
    const due = latestDue(world);
    if (due === undefined && world.unanswered === 0) break;
    // What is not due yet may wait; from then on its time counts.
    if (due !== undefined && due > record.now) {
      quietFrom = time.now + Math.min(due - record.now, 3_600_000);
      continue;
    }
    if (time.now > quietFrom + withinMs) {
      record.add({ kind: 'drained', after: undefined });
      return;
    }
  }
  record.add({ kind: 'drained', after: time.now - from });
}

/** When the last job is due, or is to run again, that is still on a node and not buried; undefined when there is none. */
function latestDue(world: World): number | undefined {
  let latest: number | undefined;
  const waits = new Map<string, number>();
  for (const { key, record } of world.redis.table.dump()) {
    if (record.state === 'waiting') waits.set(key, record.notBefore);
  }
  for (const { memory } of world.nodes) {
    for (const job of memory.jobs()) {
      if (job.state === 'buried' || job.state === 'invalid' || job.tube.name === 'dq-probe') continue;
      const due = Number(job.bytes().toString('latin1', 0, 13));
      const wait = waits.size === 0 ? undefined : waits.get(identify(job.tube.name, job.bytes()).key);
      latest = Math.max(latest ?? 0, due, wait ?? 0);
    }
  }
  return latest;
}

/** Tells every copy that is left on a node, or on the disk of one that is down. */
function count({ nodes, record }: World): void {
  for (const { endpoint, memory } of nodes) {
    const jobs =
      memory.state === 'down'
        ? [...memory.kept()].map(({ tube, state, body }) => ({ tube, state, body: Buffer.from(body) }))
        : [...memory.jobs()].map((job) => ({ tube: job.tube.name, state: job.state, body: job.bytes() }));
    for (const { tube, state, body } of jobs) {
      if (tube === 'dq-probe' || state === 'invalid') continue;
      record.add({ kind: 'copy', node: endpoint, state, key: identify(tube, body).key });
    }
  }
}
