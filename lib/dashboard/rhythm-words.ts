import type { DqSchedule } from '../cron/schedule.js';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
  ['millisecond', 1],
] as const;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const NUMBER = /^\d+$/;
const STEP = /^\*\/(\d+)$/;

/** When a schedule runs, in words; undefined for a pattern that has no short ones. */
export function rhythmInWords({
  cron,
  every,
  afterEnd,
}: Pick<DqSchedule, 'cron' | 'every' | 'afterEnd'>): string | undefined {
  if (every !== undefined) return `every ${lengthOf(Number(every))}`;
  if (afterEnd !== undefined) return `${lengthOf(Number(afterEnd))} after its last run has ended`;
  return patternInWords(cron?.trim().split(/\s+/) ?? []);
}

function patternInWords(fields: readonly string[]): string | undefined {
  const [minute = '', hour = '', day, month, weekday = ''] = fields;
  if (fields.length !== 5 || day !== '*' || month !== '*') return undefined;
  if (hour === '*' && weekday === '*') {
    if (minute === '*') return 'every minute';
    const step = STEP.exec(minute)?.[1];
    if (step !== undefined && 60 % Number(step) === 0) return `every ${lengthOf(Number(step) * 60_000)}`;
    return NUMBER.test(minute) ? `at minute ${minute} of each hour` : undefined;
  }
  if (!NUMBER.test(minute) || !NUMBER.test(hour)) return undefined;
  const time = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (weekday === '*') return time;
  const days = daysOf(weekday);
  return days === undefined ? undefined : `${time} on ${days}`;
}

function daysOf(field: string): string | undefined {
  if (field === '1-5') return 'Monday to Friday';
  const names = field.split(',').map((day) => (NUMBER.test(day) ? DAYS[Number(day)] : undefined));
  return names.includes(undefined) ? undefined : names.join(', ');
}

function lengthOf(ms: number): string {
  const [name, size] = UNITS.find(([, size]) => ms % size === 0) ?? ['millisecond', 1];
  const count = ms / size;
  return count === 1 ? name : `${count} ${name}s`;
}
