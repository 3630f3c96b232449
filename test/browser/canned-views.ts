import type {
  DeadRow,
  DeadView,
  HistoryView,
  JobView,
  KeyView,
  LiveEvent,
  MetaView,
  MetersView,
  NodesView,
  SchedulesView,
  TubeRow,
  TubesView,
} from '../../lib/dashboard/wire.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const NODES = ['10.0.0.1:11300', '10.0.0.2:11300', '10.0.0.3:11300'] as const;

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

/** So many jobs in each state, with a copy on each node. */
export function tube(
  name: string,
  [scheduled, ready, running, dead]: readonly [number, number, number, number],
): TubeRow {
  const counts = { scheduled, ready, running, dead, watching: 2 };
  const range = (least: number) => ({ least, most: least * NODES.length });
  return {
    name,
    nodes: NODES.map((node) => ({ node, counts })),
    jobs: {
      scheduled: range(scheduled),
      ready: range(ready),
      running: { least: running, most: running },
      dead: range(dead),
    },
    next: scheduled > 0 ? { id: `${name}-next`, dueAt: Date.now() + 4 * MINUTE } : null,
    pause: { state: 'open' },
    consumers: 2,
    here: { running, concurrency: 20, oldest: null },
  };
}

/** The same, with one node that does not answer. */
export function withSilentNode(row: TubeRow): TubeRow {
  return { ...row, nodes: row.nodes.map((copies, at) => (at === 2 ? { ...copies, counts: null } : copies)) };
}

export function tubes(): TubesView {
  const paused = {
    state: 'paused',
    since: Date.now() - 12 * MINUTE,
    until: Date.now() + 18 * MINUTE,
    reason: 'the mail provider is down',
  } as const;
  return {
    at: Date.now(),
    tubes: [
      {
        ...tube('orders', [1_284, 3, 2, 4]),
        here: { running: 2, concurrency: 20, oldest: { id: 'order-48211', startedAt: Date.now() - 4 * SECOND } },
      },
      {
        ...tube('mails', [312, 57, 0, 0]),
        pause: paused,
        consumers: 0,
        here: { running: 0, concurrency: 10, oldest: null },
      },
      { ...tube('reports', [1, 0, 0, 0]), consumers: 0, here: null },
      tube('legacy', [0, 0, 0, 0]),
    ],
  };
}

export function nodes(): NodesView {
  const up = { reachable: true, version: '1.12', draining: false, binlog: true, binlogMoving: true } as const;
  return {
    at: Date.now(),
    nodes: [
      { node: NODES[0], ...up, uptimeSeconds: 1_900_800, connections: 14 },
      { node: NODES[1], ...up, binlogMoving: false, uptimeSeconds: 1_900_700, connections: 14 },
      {
        node: NODES[2],
        reachable: false,
        reason: 'connect ECONNREFUSED 10.0.0.3:11300',
        awaySince: Date.now() - 3 * MINUTE,
      },
    ],
    store: {
      kind: 'redis',
      reachable: true,
      reason: null,
      warnings: ['maxmemory-policy is allkeys-lru: Redis may forget claims. Set it to noeviction.'],
      awaySince: null,
    },
  };
}

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
        last: now - 13 * HOUR,
        next: next(11 * HOUR, 24 * HOUR),
      },
      {
        ...usual,
        name: 'stock-sync',
        tube: 'orders',
        rhythm: 'every 5 minutes',
        pattern: '5m',
        timeZone: null,
        last: now - 2 * MINUTE,
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

/** A moment so many minutes from now, as the application writes it. */
function utc(minutes: number): string {
  return new Date(Date.now() + minutes * MINUTE)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
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
      `Tube mails is paused since ${utc(-12)}, 12 m ago, until ${utc(18)} (the mail provider is down): no job of it starts.`,
      `Its node ${NODES[2]} did not answer; its other copies suffice.`,
      `It has not started yet. It is due since ${utc(-11)}, 11 m ago.`,
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
