// @ts-check
import { median } from '../statistics.mjs';
import { fieldOf, figureOf } from './figure.mjs';
import { drainOnce } from './one-drain.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */
/** @typedef {import('../side.mjs').SideName} SideName */
/** @typedef {import('./one-drain.mjs').Drain} Drain */

/**
 * @typedef {object} Plan
 * @property {string} figure
 * @property {number} processes
 * @property {number} handlerMs
 * @property {number} jobs
 * @property {number} rounds
 * @property {number} warmUps drains for each process: of several, each drains its part of the jobs only
 * @property {readonly SideName[]} sides
 * @property {string} [one] the figure of one process alone
 * @property {boolean} [dead] a node was killed before
 */

const ALL = /** @type {const} */ (['ours', 'bullmq', 'ceiling']);
/** Plain sockets have no handlers that could take time. */
const WITH_HANDLERS = /** @type {const} */ (['ours', 'bullmq']);
/**
 * A consumer lives for weeks, so it is measured once most of its code is compiled; what a process drains first is slower, and is among the
 * details.
 */
const AT_ONCE = { handlerMs: 0, jobs: 50_000, warmUps: 4, sides: ALL };
/** How fast these are is up to the handlers. */
const SLOW = { handlerMs: 20, jobs: 20_000, warmUps: 2, sides: WITH_HANDLERS };

/** @type {readonly Plan[]} */
const plans = [
  { figure: 'drain', processes: 1, rounds: 5, ...AT_ONCE },
  { figure: 'drain-2', processes: 2, rounds: 3, one: 'drain', ...AT_ONCE },
  { figure: 'drain-4', processes: 4, rounds: 7, one: 'drain', ...AT_ONCE },
  { figure: 'drain-2-dead', processes: 2, rounds: 3, dead: true, ...AT_ONCE, sides: ['ours'] },
  { figure: 'drain-20ms', processes: 1, rounds: 2, ...SLOW },
  { figure: 'drain-4-20ms', processes: 4, rounds: 2, one: 'drain-20ms', ...SLOW },
];
const QUICK = { jobs: 6_000, rounds: 1 };

/**
 * Jobs per second of a backlog: all jobs were scheduled, and have fallen due, before the consumers start.
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const drain = {
  figures: plans.map(({ figure }) => figure),
  async measure(bench, wanted) {
    const figures = [];
    /** The rates of each side, by figure. @type {Map<string, Partial<Record<SideName, number[]>>>} */
    const rates = new Map();
    for (const plan of plans.filter(({ figure }) => wanted(figure))) {
      const { drains, cold } = await drainsOf(bench, bench.quick ? { ...plan, ...QUICK } : plan);
      rates.set(plan.figure, fieldOf(drains, 'rate'));
      figures.push(...figuresOf(plan.figure, drains, { cold, vsOne: vsOne(rates, plan) }));
    }
    return figures;
  },
};

/**
 * @param {Bench} bench
 * @param {Plan} plan
 */
async function drainsOf(bench, { figure, sides, processes, handlerMs, jobs, dead, rounds, warmUps }) {
  /** The rates of processes that had drained nothing before. @type {Partial<Record<SideName, number>>} */
  const cold = {};
  const plan = { figure, sides, rounds, warmUps: bench.quick ? 1 : warmUps * processes };
  const drains = await bench.alternate(plan, async (side, round) => {
    const profile = round === rounds ? figure : undefined;
    const drained = await drainOnce(bench, { side, processes, handlerMs, jobs, dead, profile });
    cold[side] ??= drained.rate;
    return drained;
  });
  return { drains, cold };
}

/**
 * Several processes' rate divided by that of one, for each side; undefined where one alone was not measured.
 *
 * @param {ReadonlyMap<string, Partial<Record<SideName, number[]>>>} rates
 * @param {Plan} plan
 */
function vsOne(rates, { figure, one, sides }) {
  const [several, alone] = [rates.get(figure), rates.get(one ?? '')];
  if (several === undefined || alone === undefined) return undefined;
  return Object.fromEntries(sides.map((side) => [side, median(several[side] ?? []) / median(alone[side] ?? [])]));
}

/**
 * @param {string} figure
 * @param {Partial<Record<SideName, Drain[]>>} drains
 * @param {Record<string, unknown>} details
 */
function figuresOf(figure, drains, details) {
  const withClaims = /** @type {const} */ (['ours', 'bullmq']);
  const onNodes = /** @type {SideName[]} */ (['ours', 'ceiling']).filter((side) => drains[side] !== undefined);
  return [
    figureOf(figure, 'jobs/s', fieldOf(drains, 'rate'), {
      lost: fieldOf(drains, 'lost', withClaims),
      twice: fieldOf(drains, 'twice', withClaims),
      emptyMs: fieldOf(drains, 'emptyMs', ['ours']),
      rates: fieldOf(drains, 'rate'),
      ...details,
    }),
    figureOf(`${figure}-gone`, 'jobs/s', fieldOf(drains, 'goneRate', onNodes)),
    figureOf(`${figure}-cpu`, 'µs/job', fieldOf(drains, 'cpuMicros'), { servers: fieldOf(drains, 'serverMicros') }),
    figureOf(`${figure}-scripts`, 'Redis scripts/job', fieldOf(drains, 'scripts', withClaims)),
    figureOf(`${figure}-commands`, 'commands/copy', fieldOf(drains, 'commands', onNodes)),
  ];
}
