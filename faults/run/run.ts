import { History } from '../../harness/history/history.js';
import { OneClock } from '../../harness/history/one-clock.js';
import type { ControlUse, Scenario } from '../scenarios/scenario.js';
import { underLoad } from '../scenarios/under-load.js';
import { Testbed } from '../servers/testbed.js';
import { Servers } from '../servers/servers.js';
import { type Verdict, verdictOf } from '../verdict/verdict.js';

export interface Performance {
  readonly verdict: Verdict;
  readonly history: History;
  /** What went wrong with the run itself; its verdict is worth nothing then. */
  readonly failure: string | undefined;
}

/** A call may try every node, and take back what it wrote: each step has the command deadline. */
const STEPS = 4;
const SLACK_MS = 1_500;

/** Plays a row once, on servers of its own, and judges what happened. */
export async function play(
  row: Scenario,
  how: { readonly seed: number; readonly short: boolean; readonly control?: ControlUse },
): Promise<Performance> {
  const { seed, short, control } = how;
  const clock = OneClock.fix();
  const history = new History(clock);
  const servers = await Servers.start({ ...row.servers, ...control?.servers }, seed);
  const testbed = new Testbed({ servers, history, clock, seed, short, control });
  let failure: string | undefined;
  try {
    if (row.load === undefined) await row.play(testbed);
    else await underLoad(testbed, row.load, (under) => row.fault(testbed, under));
    await servers.heal();
    await testbed.drained();
    await Promise.all(testbed.workers.map((worker) => worker.close()));
    await testbed.leftovers(() => true);
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    await Promise.all(testbed.workers.map((worker) => worker.kill()));
    await servers.stop();
  }
  const settleWithinMs = row.settleWithinMs ?? STEPS * (short ? 1_000 : 3_000) + SLACK_MS;
  return {
    verdict: verdictOf(history.events, { settleWithinMs, again: row.expect.again ?? [] }),
    history,
    failure,
  };
}
