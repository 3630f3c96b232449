import type { Percentiles } from '../verdict/percentiles.js';
import { isGood, type RunScenario, type ScenarioResult } from '../run/scenario-result.js';
import { nameOf } from '../scenarios/scenario.js';

const HEAD = [
  'row',
  'what happens',
  'jobs',
  'lost',
  'ran again',
  'earliest start',
  'late, all',
  'late, in fault',
  'scheduling, all',
  'scheduling, in fault',
  'left behind',
  'bounds',
  'as expected',
];
const CONTROL_HEAD = ['row', 'protection taken out', 'damage counted', 'caught'];

/** The results as a table in Markdown. */
export function rowTable(results: readonly ScenarioResult[]): string {
  return table(
    HEAD,
    results.map((result) => (result.kind === 'skipped' ? skipped(result) : played(result))),
  );
}

/** What the runs with a protection taken out have shown. */
export function controlTable(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap((result) => {
    if (result.kind === 'skipped' || result.control === undefined) return [];
    const { what, damage, caught } = result.control;
    return [[nameOf(result.row), what, damage.join(', '), caught ? 'yes' : 'NO']];
  });
  return table(CONTROL_HEAD, rows);
}

function skipped({ row, reason }: Extract<ScenarioResult, { kind: 'skipped' }>): string[] {
  return [nameOf(row), row.title, ...HEAD.slice(3).map(() => ''), `skipped: ${reason}`];
}

function played(result: RunScenario): string[] {
  const { row, performance, judgement } = result;
  const { verdict, failure } = performance;
  const { ready, reserved, delayed, buried, dead, foreign, scheduled = 0, lost = 0 } = verdict.counts;
  const left = Object.entries({ ready, reserved, delayed, buried, 'dead letters': dead, foreign });
  return [
    nameOf(row),
    row.title,
    String(scheduled),
    String(lost),
    Object.entries(verdict.causes)
      .map(([cause, count]) => `${count} (${cause})`)
      .join(', ') || '0',
    verdict.earliestMs === undefined ? '' : `${verdict.earliestMs} ms`,
    times(verdict.late),
    times(verdict.lateInFault),
    times(verdict.scheduling),
    times(verdict.schedulingInFault),
    left.flatMap(([state, count]) => (count === undefined ? [] : `${count} ${state}`)).join(', ') || '0',
    judgement.bounds
      .map(({ bound, limit, value, met }) => `${bound} ${value} ${met ? '<' : 'NOT <'} ${limit}`)
      .join('; '),
    isGood(result)
      ? 'yes'
      : `NO: ${[...(failure === undefined ? [] : ['the run failed']), ...judgement.broken].join('; ')}`,
  ];
}

function times(measured: Percentiles | undefined): string {
  return measured === undefined ? '' : `${measured.p50} / ${measured.p99} / ${measured.max}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n');
}
