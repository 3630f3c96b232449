// @ts-check
// npm run bench: measures this package beside BullMQ and beside what plain sockets can do. See docs/evidence/performance.md.
import { ensureBuilt, library } from '../scripts/build.mjs';
import { ensureServerBinaries } from '../scripts/server-binaries.mjs';
import { otherWork } from '../harness/machine.mjs';
import { Bench } from './bench.mjs';
import { backlogOrder } from './figures/backlog-order.mjs';
import { drain } from './figures/drain.mjs';
import { idle } from './figures/idle.mjs';
import { lateness } from './figures/lateness.mjs';
import { nodeLoss } from './figures/node-loss.mjs';
import { schedule } from './figures/schedule.mjs';
import { waiting } from './figures/waiting.mjs';
import { hotFunctions } from './hot-functions.mjs';
import { Installation, stopInstallations } from './installation.mjs';
import { readOptions, usage } from './options.mjs';
import { writePerformancePage } from './report/performance-page.mjs';
import { table } from './report/table.mjs';
import { verdicts } from './thresholds.mjs';

/** @typedef {import('./figures/figure.mjs').Figure} Figure */

const groups = [schedule, drain, lateness, nodeLoss, backlogOrder, waiting, idle];
const names = groups.flatMap(({ figures }) => figures);
/** A quick run has time for these, unless others are asked for. */
const quickFigures = new Set([
  'schedule-500',
  'bulk',
  'drain',
  'lateness-1000',
  'node-loss',
  'backlog-order',
  'waiting-rate',
]);
/** A quick run begins nothing new after this, so that it ends within a minute on a busy machine too. */
const QUICK_MS = 44_000;
/** Nothing runs for ever, whatever goes wrong. */
const LONGEST_RUN_MS = 40 * 60_000;

/** @param {import('./options.mjs').Options} options */
async function run({ quick, json, profile, dist, figures: asked }) {
  ensureServerBinaries();
  if (dist === undefined) ensureBuilt(library);
  const installation = new Installation({ dist });
  const bench = new Bench(installation, { quick, profile, tell });
  /** @type {Figure[]} */
  const figures = [];
  const wanted = (/** @type {string} */ figure) =>
    asked.length === 0 ? !quick || quickFigures.has(figure) : asked.includes(figure);
  let failures = 0;
  const busy = otherWork();
  if (busy !== undefined) tell(busy);
  try {
    await installation.start();
    for (const group of groups.filter((one) => one.figures.some(wanted))) {
      if (quick && asked.length === 0 && performance.now() > QUICK_MS) {
        tell(`left out, the minute is over: ${group.figures.filter(wanted).join(', ')}`);
        continue;
      }
      try {
        for (const figure of await group.measure(bench, wanted)) {
          figures.push(figure);
          if (json) console.log(JSON.stringify({ ...figure, curves: undefined, verdicts: verdicts(figure) }));
        }
      } catch (error) {
        failures += 1;
        const reason = error instanceof Error ? error.message : String(error);
        tell(`${group.figures[0]} failed: ${reason}`);
        if (json) console.log(JSON.stringify({ figure: group.figures[0], error: reason }));
        await bench.endSides();
      }
    }
  } finally {
    await bench.endSides();
    await stopInstallations();
  }
  if (!json) console.log(`${table(figures)}${quick ? '\n\n--quick is a hint only: too short to judge by.' : ''}`);
  for (const [figure, profiles] of bench.profiles) console.error(`\n## ${figure}\n${hotFunctions(profiles)}`);
  if (!quick && dist === undefined && asked.length === 0 && failures === 0) {
    writePerformancePage(figures);
    tell('wrote docs/evidence/results');
  }
  const broken = figures.flatMap(verdicts).some(({ met, promise }) => promise && !met);
  return failures === 0 && !broken ? 0 : 1;
}

/** @param {string} text */
function tell(text) {
  console.error(`[${(performance.now() / 1000).toFixed(0).padStart(4)} s] ${text}`);
}

/**
 * @param {string} reason
 * @param {number} code
 */
async function abandon(reason, code) {
  tell(`${reason}: stopping`);
  await stopInstallations();
  // The processes of the sides end with this one.
  process.exit(code);
}

process.once('SIGINT', () => void abandon('interrupted', 130));
process.once('SIGTERM', () => void abandon('terminated', 143));
setTimeout(() => void abandon('this takes too long', 1), LONGEST_RUN_MS).unref();

try {
  const options = readOptions(names);
  if (options.help) console.log(usage(names));
  else process.exitCode = await run(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
