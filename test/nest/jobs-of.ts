import { DqHandler, type DqJob } from 'nestjs-dq';
import { seen } from './seen.js';

/** A handler of this tube that notes what it is told, and ends as `act` says. */
export function jobsOf(tube: string, act: (data: unknown, job: DqJob) => unknown = () => undefined): new () => object {
  class Jobs {
    @DqHandler(tube)
    run(data: unknown, job: DqJob): unknown {
      seen.add(`run ${JSON.stringify(data)} attempt ${job.attempt}`);
      return act(data, job);
    }
  }
  return Jobs;
}
