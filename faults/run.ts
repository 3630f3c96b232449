// npm run faults: the fault matrix, on real processes. See docs/evidence/reliability.md.
import { ensureServerBinaries } from '../scripts/server-binaries.mjs';
import { readArguments, usage, type Arguments } from './cli/arguments.js';
import { Frozen } from './cli/frozen.js';
import { jsonLine } from './cli/json.js';
import { describeMachine } from './cli/machine.js';
import { keepHistories, tellProgress } from './cli/progress.js';
import { writeReportPage } from './cli/report-page.js';
import { controlTable, rowTable } from './cli/tables.js';
import { isGood, runScenario, type ScenarioResult } from './run/scenario-result.js';
import { nameOf, type Scenario } from './scenarios/scenario.js';
import { rows } from './scenarios/scenarios.js';

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code: 0 when every row is as expected */
async function main(args: readonly string[]): Promise<number> {
  let wanted: Arguments;
  try {
    wanted = readArguments(args);
    chosenRows(wanted);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  ensureServerBinaries();
  const frozen = new Frozen(wanted.library);
  Object.assign(process.env, frozen.env);
  console.error(`${describeMachine()}\nseed ${wanted.seed}`);
  try {
    const results = await playAll(wanted);
    if (!wanted.json) console.log(`${rowTable(results)}\n\n${controlTable(results)}`);
    if (wanted.write) writeReportPage(results, wanted);
    return results.every(isGood) ? 0 : 1;
  } finally {
    frozen.remove();
  }
}

function chosenRows({ rows: names }: Arguments): Scenario[] {
  const matches = (name: string, row: Scenario): boolean => name === row.id || name === nameOf(row);
  for (const name of names)
    if (!rows.some((row) => matches(name, row))) throw new Error(`expected the name of a row, got ${name}`);
  return rows.filter((row) => names.length === 0 || names.some((name) => matches(name, row)));
}

/** Whether an earlier variant of a row shows with the same control that its checks can fail. */
function hasPlayedControl(chosen: readonly Scenario[], row: Scenario): boolean {
  const before = chosen.slice(0, chosen.indexOf(row));
  return before.some(({ id, control }) => id === row.id && control !== undefined && control.name === row.control?.name);
}

/** Plays the chosen rows, some at once where asked to, and tells each as it ends. */
async function playAll(wanted: Arguments): Promise<ScenarioResult[]> {
  const chosen = chosenRows(wanted);
  const results: ScenarioResult[] = [];
  const left = [...chosen];
  const playLeft = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) {
      const controls = wanted.controls && !(wanted.short && hasPlayedControl(chosen, row));
      const result = await runScenario(row, { ...wanted, controls });
      results.push(result);
      tellProgress(result);
      if (wanted.keep !== undefined) keepHistories(wanted.keep, result);
      if (wanted.json) console.log(jsonLine(result, wanted.seed));
    }
  };
  await Promise.all(Array.from({ length: wanted.parallel }, playLeft));
  return results.toSorted((a, b) => chosen.indexOf(a.row) - chosen.indexOf(b.row));
}
