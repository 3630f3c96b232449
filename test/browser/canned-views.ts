import type {
  DeadRow,
  DeadView,
  HistoryView,
  JobView,
  KeyView,
  LiveEvent,
  MetaView,
  MetersView,
  SchedulesView,
} from '../../lib/dashboard/wire.js';
import { nodes, NODES, tubes } from './canned-tubes.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const meta: MetaView = {
  title: 'Shop, production',
  version: '0.1.0',
  readOnly: false,
  payloads: true,
  embedded: false,
  tubes: [
    { name: 'orders', format: 'native', history: true, concurrency: 20 },
    { name: 'mails', format: 'native', history: false, concurrency: 10 },
    { name: 'reports', format: 'native', history: false, concurrency: null },
    { name: 'legacy', format: 'plain', history: false, concurrency: 5 },
  ],
  schedules: true,
  historyMinutes: 60,
  process: 'shop-1:4711',
};

export function meters(): MetersView {
  const steps = 60;
  const now = Date.now();
  const wave = (size: number, speed: number) =>
    Array.from({ length: steps }, (_, at) => Math.round(size * (1.2 + Math.sin(at / speed))));
  const gap = (values: readonly number[]) => values.map((value, at) => (at > 20 && at < 24 ? null : value));
  return {
    at: now,
    tube: 'orders',
    stepSeconds: 60,
    times: Array.from({ length: steps }, (_, at) => now - (steps - 1 - at) * MINUTE),
    completed: wave(40, 7),
    failed: wave(2, 3),
    dead: wave(0.2, 5),
    lateP50: gap(wave(12, 6)),
    lateP99: gap(wave(90, 4)),
    tookP50: gap(wave(140, 9)),
    tookP99: gap(wave(900, 8)),
  };
}

export function letter(id: string, more: Partial<DeadRow> = {}): DeadRow {
  const text = `{"order":"${id}","customer":"c-1029","total":129.9,"currency":"EUR"}`;
  return {
    id,
    reason: 'attempt 5 of 5 failed: Error: the payment service answered 503',
    attempts: 5,
    dueAt: Date.now() - 2 * HOUR,
    mayHaveRun: false,
    foreign: false,
    copies: NODES.map((node, at) => ({ node, number: 4_100 + at })),
    key: null,
    payload: { shown: true, text, bytes: text.length, cut: false },
    ...more,
  };
}

export function dead(): DeadView {
  return {
    at: Date.now(),
    tube: 'orders',
    letters: [
      letter('order-48099', { key: 'order:48099' }),
      letter('order-47110', { reason: 'the handler gave it up: the customer has no account', attempts: 1 }),
      letter('order-12', {
        mayHaveRun: true,
        reason: 'it turned up later than the retention after its due time',
        attempts: 0,
      }),
      letter('', { foreign: true, reason: 'not-a-job: the body is no job of this package', attempts: 0, dueAt: null }),
    ],
    more: false,
    silent: [],
  };
}

export function schedules(): SchedulesView {
  const now = Date.now();
  const next = (first: number, step: number) => Array.from({ length: 5 }, (_, at) => now + first + at * step);
  const usual = { missed: 'once', overlap: 'skip', paused: false } as const;
  return {
    at: now,
    schedules: [
      {
        ...usual,
        name: 'nightly-report',
        tube: 'reports',
        rhythm: 'every day at 02:30',
        pattern: '30 2 * * *',
        timeZone: 'Europe/Berlin',
        last: { at: now - 13 * HOUR, id: '~nightly-report~a~20261128T023000', handle: null, outcome: 'dead' },
        byHand: null,
        next: next(11 * HOUR, 24 * HOUR),
      },
      {
        ...usual,
        name: 'stock-sync',
        tube: 'orders',
        rhythm: 'every 5 minutes',
        pattern: '5m',
        timeZone: null,
        last: { at: now - 2 * MINUTE, id: '~stock-sync~b~1', handle: null, outcome: 'done' },
        byHand: {
          at: now - 4 * SECOND,
          id: '~stock-sync~b~x2',
          handle: `${NODES[0]}/orders/99,~stock-sync~b~x2`,
          outcome: null,
        },
        next: next(3 * MINUTE, 5 * MINUTE),
        paused: true,
      },
    ],
    more: false,
  };
}

export function key(): KeyView {
  return {
    at: Date.now(),
    tube: 'orders',
    key: 'order:48211',
    job: {
      id: 'order-48211',
      handle: '10.0.0.1:11300/orders/77,10.0.0.2:11300/orders/81',
      state: 'scheduled',
      dueAt: Date.now() + 25 * MINUTE,
      attempt: 1,
    },
  };
}

function inMinutes(minutes: number): number {
  return Date.now() + minutes * MINUTE;
}

export function job(more: Partial<JobView> = {}): JobView {
  const text = '{"order":"order-48211","customer":"c-1029"}';
  return {
    at: Date.now(),
    tube: 'mails',
    id: 'mail-9917',
    state: 'scheduled',
    dueAt: Date.now() - 11 * MINUTE,
    attempt: 1,
    until: null,
    reason: null,
    copies: NODES.slice(0, 2).map((node) => ({ node, state: 'ready' })),
    silent: [NODES[2]],
    payload: { shown: true, text, bytes: text.length, cut: false },
    why: [
      [
        'Tube mails has been paused since ',
        inMinutes(-12),
        ', until ',
        inMinutes(18),
        ' (the mail provider is down): no job of it starts.',
      ],
      `Its node ${NODES[2]} did not answer; its other copies suffice.`,
      ['It has not started yet. It has been due since ', inMinutes(-11), '.'],
    ],
    history: history().entries.slice(0, 2),
    ...more,
  };
}

export function history(): HistoryView {
  const entry = { consumer: 'shop-1:4711', lateMs: 14, tookMs: 240, attempt: 1, error: null };
  return {
    at: Date.now(),
    tube: 'orders',
    entries: [
      { ...entry, at: Date.now() - 9 * SECOND, id: 'order-48210', outcome: 'done' },
      {
        ...entry,
        at: Date.now() - 31 * SECOND,
        id: 'order-48207',
        outcome: 'retrying',
        error: 'Error: the payment service answered 503',
      },
      {
        ...entry,
        at: Date.now() - 2 * MINUTE,
        id: 'order-48099',
        outcome: 'dead',
        attempt: 5,
        error: 'Error: the payment service answered 503',
      },
    ],
  };
}

export function live(seq: number, more: Partial<LiveEvent> = {}): LiveEvent {
  return {
    seq,
    at: Date.now(),
    type: 'completed',
    tube: 'orders',
    id: `order-${seq}`,
    handle: null,
    text: `order-${seq} completed in 14 ms`,
    level: 'log',
    ...more,
  };
}

/** Each view as a shop on an eventful day has it, by its path. */
export const views: Readonly<Record<string, () => unknown>> = {
  meta: () => meta,
  tubes,
  nodes,
  meters,
  'tubes/orders/dead': dead,
  'tubes/orders/history': history,
  schedules,
  key,
  job,
};
