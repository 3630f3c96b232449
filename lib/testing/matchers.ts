import { inspect } from 'node:util';
import ms from 'ms';
import { DqTesting } from './dq.testing.js';
import { DqOptionsError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import type { DqTestJob } from './ledger-job.js';
import { checkWanted, type DqWantedJob, type Equals, isWanted } from './wanted-job.js';

/** What Jest and Vitest expect of a matcher. */
export interface DqMatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What Jest and Vitest bind a matcher to. */
interface DqMatcherContext {
  readonly equals?: Equals;
}

/** How the matchers look behind `expect(dq)`, for the declarations of a test framework. */
export type DqMatchers<Result = void> = {
  [Name in keyof typeof dqMatchers]: (tube: string, wanted?: DqWantedJob) => Result;
};

/** `this` is what Jest and Vitest bind: a {@link DqMatcherContext}; in a plain call it is anything. */
type Matcher = (this: unknown, dq: DqTesting, tube: string, wanted?: DqWantedJob) => DqMatcherResult;
type Kind = 'scheduled' | 'completed' | 'failed' | 'dead' | 'revoked';

/** More jobs are not listed in a message. */
const MOST_LISTED = 10;

/** For `expect.extend(dqMatchers)`. Each is a plain function too: `dqMatchers.toHaveScheduled(dq, 'orders', { in: '30m' }).pass`. */
export const dqMatchers = Object.freeze({
  toHaveScheduled: matcher('scheduled'),
  toHaveCompleted: matcher('completed'),
  toHaveFailed: matcher('failed'),
  toHaveDead: matcher('dead'),
  toHaveRevoked: matcher('revoked'),
});

function matcher(kind: Kind): Matcher {
  return function match(dq, tube, wanted = {}) {
    if (!(dq instanceof DqTesting)) {
      throw new DqOptionsError(`Expected expect(...) of the DqTesting of a module, got ${shown(dq)}.`);
    }
    checkWanted(wanted);
    const now = dq.now();
    const jobs = dq[kind](tube);
    const { equals } = (this ?? {}) as DqMatcherContext;
    const found = jobs.filter((job) => isWanted(job, wanted, now, equals));
    const { times } = wanted;
    const pass = times === undefined ? found.length > 0 : found.length === times;
    const count = times === undefined ? 'a' : String(times);
    return {
      pass,
      message: () =>
        `Expected ${pass ? 'not ' : ''}${count} ${kind} job${times === undefined || times === 1 ? '' : 's'} of tube "${tube}"${told(wanted)}, ` +
        `got ${found.length}.\n${list(kind, tube, jobs, now)}`,
    };
  };
}

function told(wanted: DqWantedJob): string {
  const fields = Object.entries(wanted).filter(([name, value]) => name !== 'times' && value !== undefined);
  return fields.length === 0 ? '' : ` with ${inspect(Object.fromEntries(fields), { depth: 6, breakLength: Infinity })}`;
}

function list(kind: Kind, tube: string, jobs: readonly DqTestJob[], now: number): string {
  if (jobs.length === 0) return `No job of tube "${tube}" is ${kind}.`;
  const lines = jobs.slice(0, MOST_LISTED).map((job) => line(job, now));
  const more = jobs.length > MOST_LISTED ? `\n  and ${jobs.length - MOST_LISTED} more` : '';
  return `All ${kind} jobs of tube "${tube}":\n${lines.join('\n')}${more}`;
}

function line(job: DqTestJob, now: number): string {
  const { id, state, data, attempt, nextAt, reason, errors } = job;
  const ahead = +nextAt - now;
  const when = ahead >= 0 ? `in ${ms(ahead)} (${ahead} ms)` : `${ms(-ahead)} ago`;
  const fault = reason ?? (errors.length === 0 ? '' : String(errors.at(-1)));
  const shownData = inspect(data, { depth: 4, breakLength: Infinity, maxStringLength: 200 });
  return `  ${id}: ${state}, ${nextAt.toISOString()}, ${when}, attempt ${attempt}, data ${shownData}${fault && `, ${fault}`}`;
}
