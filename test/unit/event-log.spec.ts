import { describe, expect, it } from '@jest/globals';
import { DqBodyError, DqOptionsError } from '../../lib/core/errors/argument.errors.js';
import type { DqEvent, LoggedEvent } from '../../lib/core/base/events.js';
import { decodeEnvelope } from '../../lib/core/wire/envelope.js';
import { DqEventLog } from '../../lib/nest/dq.event-log.js';
import { thrownBy } from '../support/dq-options.js';
import { EventLogBed, JOB, LOST } from './event-log-bed.js';

const SECRET = 'DE02120300000000202051';

/** One of each kind, and a secret wherever a careless line would take one from. */
const EVENTS: Readonly<Record<LoggedEvent['type'], DqEvent>> = {
  'node-lost': LOST,
  'nodes-lost': { type: 'nodes-lost', nodes: ['a:1', 'b:1'] },
  'nodes-are-one': { type: 'nodes-are-one', first: 'a:1', node: 'b:1', serverId: '0123456789abcdef' },
  'node-back': { type: 'node-back', node: 'a:1', awayMs: 5 },
  'node-full': { type: 'node-full', node: 'a:1', reason: 'OUT_OF_MEMORY' },
  'node-warning': { type: 'node-warning', node: '10.0.0.1:11300', reason: 'it keeps no log' },
  'store-lost': { type: 'store-lost', reason: 'connect ECONNREFUSED', reached: true },
  'store-back': { type: 'store-back', awayMs: 5 },
  'store-warning': { type: 'store-warning', reason: 'Redis may evict claims.' },
  'tube-warning': { type: 'tube-warning', tube: 'default', reason: 'every client watches it.' },
  'go-consumer-seen': { type: 'go-consumer-seen', tube: 'orders' },
  'embedded-started': { type: 'embedded-started', file: '/var/jobs' },
  'file-lost': { type: 'file-lost', file: '/var/jobs', reason: 'ENOSPC.' },
  'file-back': { type: 'file-back', file: '/var/jobs', awayMs: 12 },
  'quorum-failed': { type: 'quorum-failed', tube: 'orders', id: 'order-1', reason: 'Too few nodes.' },
  'job-failed': { type: 'job-failed', tookMs: 1, lateMs: 0, ...JOB, attempt: 1, retryMs: 5, error: { iban: SECRET } },
  'job-dead': {
    type: 'job-dead',
    tookMs: 1,
    lateMs: 0,
    ...JOB,
    attempt: 5,
    reason: 'the handler gave it up',
    error: { stack: SECRET },
  },
  'job-skipped': { type: 'job-skipped', tube: 'orders', id: 'order-1', lateMs: 5 },
  'schedule-missed': { type: 'schedule-missed', tube: 'crons', name: 'Reports.daily', missed: 3 },
  'schedule-unknown': { type: 'schedule-unknown', tube: 'crons', name: 'Reports.daily' },
  'copy-buried': { type: 'copy-buried', dead: false, tube: 'orders', node: 'a:1', number: 7, reason: 'unknown' },
  'copy-early': { type: 'copy-early', tube: 'orders', node: 'a:1', earlyMs: 5_000 },
  'result-late': { type: 'result-late', tube: 'orders', id: 'order-1', attempt: 1, lateMs: 40 },
  'result-refused': { type: 'result-refused', tube: 'orders', id: 'order-1', attempt: 1 },
  'job-superseded': { type: 'job-superseded', tube: 'orders', id: 'order-1', attempt: 2 },
  'stop-deadline': { type: 'stop-deadline', tube: 'orders', running: 2 },
  'tube-paused': { type: 'tube-paused', tube: 'orders', reason: 'migration', until: new Date(0) },
  'tube-resumed': { type: 'tube-resumed', tube: 'orders', pausedMs: 7_000 },
  'operator-action': { type: 'operator-action', what: 'retry', tube: 'orders', subject: 'order-1', by: 'ada' },
  'handlers-stuck': {
    type: 'handlers-stuck',
    tube: 'orders',
    handler: 'Jobs.run',
    running: 20,
    overMs: 30_000,
    id: 'order-1',
    attempt: 1,
    ranMs: 45_000,
  },
  'listener-failed': {
    type: 'listener-failed',
    listener: 'onEvent',
    told: 'job-failed',
    error: new Error('no metrics'),
  },
  'results-untold': { type: 'results-untold', tube: 'orders', count: 2 },
};

const bed = new EventLogBed();

describe('event log', () => {
  it.each(Object.values(EVENTS))('writes one line for $type, without what the payload holds', (event) => {
    bed.log.write(Object.assign({ payload: SECRET, data: SECRET, body: Buffer.from(SECRET) }, event));
    expect(bed.lines).toHaveLength(1);
    const [, text = ''] = bed.lines[0] ?? [];
    expect(text).toMatch(/^[A-Z2][^\n\r]+\S$/);
    expect(text).not.toContain(SECRET);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });

  it.each(Object.values(EVENTS))('says of $type what it is about', (event) => {
    bed.log.write(event);
    const ofAttempt = event.type === 'job-failed' || event.type === 'job-dead' ? { tookMs: '', lateMs: '' } : {};
    const unsaid = { type: '', error: '', retryMs: '', dead: '', reached: '', ...ofAttempt };
    for (const value of Object.values({ ...event, ...unsaid }))
      expect(bed.lines[0]?.[1]).toContain(value instanceof Date ? value.toISOString() : [value].flat().join(', '));
  });

  it.each([undefined, null, 7, Symbol('odd'), { a: 1 }, Object.create(null) as object, () => 1])(
    'writes a line whatever was thrown, such as %p',
    (error) => {
      bed.log.write({ type: 'job-failed', tookMs: 1, lateMs: 0, ...JOB, attempt: 1, retryMs: 5, error });
      expect(bed.lines).toHaveLength(1);
    },
  );

  it('does not show a body that was buried because nobody understood it', () => {
    for (const body of [
      SECRET,
      `1767225600123000000/\u0001{"v":2,"iban":"${SECRET}"}\n`,
      `1767225600123000000/\u0001${SECRET}\n`,
    ]) {
      const error = thrownBy(() => decodeEnvelope(Buffer.from(body)));
      expect(error).toBeInstanceOf(DqBodyError);
      bed.log.write({
        type: 'copy-buried',
        dead: false,
        tube: `t${body.length}`,
        node: 'a:1',
        number: 7,
        reason: (error as Error).message,
      });
    }
    expect(bed.lines).toHaveLength(3);
    expect(bed.lines.map(([, text]) => text).join('\n')).not.toContain(SECRET);
  });

  it.each<[string, readonly LoggedEvent['type'][]]>([
    ['log', ['node-back', 'store-back', 'embedded-started', 'file-back']],
    [
      'error',
      [
        'node-full',
        'nodes-lost',
        'nodes-are-one',
        'store-lost',
        'file-lost',
        'quorum-failed',
        'job-dead',
        'results-untold',
      ],
    ],
    ['warn', ['node-lost', 'store-warning', 'job-failed', 'job-skipped', 'copy-buried', 'copy-early', 'stop-deadline']],
  ])('writes as %s: %j', (level, types) => {
    for (const type of types) bed.log.write(EVENTS[type]);
    expect(bed.lines.map(([written]) => written)).toEqual(types.map(() => level));
  });

  it('makes one short line of an error with many and long ones', () => {
    const error = new Error(`first\r\nsecond\u001b[31m\u0007\u2028${'x'.repeat(5_000)}`);
    bed.log.write({ type: 'job-failed', tookMs: 1, lateMs: 0, ...JOB, attempt: 1, retryMs: 5, error });
    expect(bed.lines[0]?.[1]).toMatch(/^[\u0020-\u007e]{1,1100}$/);
    expect(bed.lines[0]?.[1]).toContain('first second');
  });

  it('tells a node or a Redis that was never reached from one that is lost, and says what to check', () => {
    const reason = 'connect ECONNREFUSED 10.0.0.1:11300';
    for (const reached of [true, false]) {
      bed.log.write({ type: 'node-lost', node: `node-${reached}:1`, reason: `${reason}.`, reached });
      bed.log.write({ type: 'store-lost', reason, reached });
      bed.log.write({ type: 'store-back', awayMs: 5 });
    }
    expect(bed.lines.filter(([, text]) => text.includes(reason))).toEqual([
      ['warn', expect.stringMatching(/^Node node-true:1 is lost: [^.]+\.0\.0\.1:11300\. Jobs go on/)],
      ['error', expect.stringMatching(/^Redis is lost: [^.]+\.0\.0\.1:11300\. No job is started until it is back\.$/)],
      [
        'warn',
        expect.stringMatching(/^Node node-false:1 cannot be reached: .+:11300\. Check its address in beanstalks/),
      ],
      [
        'error',
        expect.stringMatching(/^Redis cannot be reached: .+:11300\. .*Check the address and the password in redis\.$/),
      ],
    ]);
  });

  it.each([
    ['with servers: elsewhere', undefined, 'run again elsewhere', 'sent to Redis'],
    ['with a file: at the next start', { file: '/var/jobs' }, 'run again at its next start', 'kept'],
    ['in memory: not at all', { file: undefined }, 'end with this process', 'kept'],
  ])('says where jobs run again that outlasted the shutdown, %s', (_what, embedded, then, untold) => {
    bed.log.write(EVENTS['stop-deadline'], embedded);
    bed.log.write(EVENTS['results-untold'], embedded);
    expect(bed.lines).toEqual([
      ['warn', expect.stringMatching(new RegExp(`; their jobs were given back and ${then}\\.$`))],
      ['error', expect.stringContaining(`could not be ${untold} before the shutdown.`)],
    ]);
  });

  it('writes again that no node can be reached after one was back', () => {
    const none: DqEvent = { type: 'nodes-lost', nodes: ['a:1', 'b:1'] };
    const written = (): number => bed.lines.filter(([, text]) => text.startsWith('No node')).length;
    bed.log.write(none);
    bed.log.write(none);
    expect(written()).toBe(1);
    bed.log.write({ type: 'node-back', node: 'b:1', awayMs: 5 });
    bed.log.write(none);
    expect(written()).toBe(2);
    expect(bed.lines[0]).toEqual([
      'error',
      'No node can be reached (a:1, b:1): no job is scheduled or run until one can.',
    ]);
  });

  it('says which handler failed, and where: the place, then the application, without what is of others', () => {
    const error = Object.assign(new Error('no connection'), {
      stack: [
        'Error: no connection',
        '    at Pool.query (/srv/shop/node_modules/pg/pool.js:7:9)',
        '    at Client.end (/srv/shop/node_modules/pg/client.js:1:2)',
        '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
        '    at async OrderJobs.expire (/srv/shop/orders.js:12:11)',
      ].join('\n'),
    });
    const where =
      '[at Pool.query (/srv/shop/node_modules/pg/pool.js:7:9), at async OrderJobs.expire (/srv/shop/orders.js:12:11)]';
    bed.log.write({ type: 'job-failed', tookMs: 1, lateMs: 0, ...JOB, attempt: 1, retryMs: 5, error });
    bed.log.write({
      type: 'job-dead',
      tookMs: 1,
      lateMs: 0,
      ...JOB,
      attempt: 2,
      reason: 'attempt 2 of 2 failed: no connection',
      error,
    });
    expect(bed.lines).toEqual([
      [
        'warn',
        `Job order-1 of tube orders (OrderJobs.expire) failed in attempt 1 and is tried again in 5 ms: no connection ${where}`,
      ],
      [
        'error',
        `Job order-1 of tube orders (OrderJobs.expire) is given up after attempt 2: attempt 2 of 2 failed: no connection ${where}`,
      ],
    ]);
  });

  it('does not put a stack into words for a line that is left out', () => {
    let asked = 0;
    const error = new Error('no');
    Object.defineProperty(error, 'stack', { get: () => `${asked++}` });
    for (let times = 0; times < 9; times++)
      bed.log.write({ type: 'job-failed', tookMs: 1, lateMs: 0, ...JOB, attempt: 1, retryMs: 5, error });
    expect(asked).toBe(5);
  });

  it('is not disturbed by a logger that throws', () => {
    const thrower = (): never => {
      throw new Error('disk full');
    };
    const broken = new DqEventLog({ log: thrower, warn: thrower, error: thrower }, bed.clock);
    for (const event of Object.values(EVENTS)) expect(() => broken.write(event)).not.toThrow();
  });

  it('writes nothing when it is switched off', () => {
    expect(() => new DqEventLog(false, bed.clock).write(LOST)).not.toThrow();
    expect(bed.lines).toEqual([]);
  });

  it.each([null, true, 'console', {}, { log: () => {} }, { log: 1, warn: 1, error: 1 }])(
    'refuses %p as a logger',
    (logger) => {
      expect(() => new DqEventLog(logger as never, bed.clock)).toThrow(DqOptionsError);
    },
  );
});
