import { describe, expect, it } from '@jest/globals';
import type { DqEvent } from 'nestjs-dq';
import type { LoggedEvent } from '../../lib/core/base/events.js';
import { DqEventLog } from '../../lib/nest/dq.event-log.js';
import { ManualClock } from '../support/manual-clock.js';

function logOf(): { lines: string[]; clock: ManualClock; write: (event: DqEvent) => void; flush: () => void } {
  const lines: string[] = [];
  const clock = new ManualClock();
  const level = (name: string) => (line: string) => void lines.push(`${name}: ${line}`);
  const log = new DqEventLog({ log: level('log'), warn: level('warn'), error: level('error') }, clock);
  return { lines, clock, write: (event) => log.write(event), flush: () => log.flush() };
}

const failed = (id: string, error: unknown, tube = 'orders'): Extract<DqEvent, { type: 'job-failed' }> => {
  return { type: 'job-failed', tube, id, handler: 'Jobs.run', attempt: 1, retryMs: 5, error };
};

const skipped = (id: string, tube = 'orders'): DqEvent => ({ type: 'job-skipped', tube, id, lateMs: 5 });

/** Complete, or it does not compile. */
const EACH: { readonly [Type in LoggedEvent['type']]: Extract<DqEvent, { type: Type }> } = {
  'node-lost': { type: 'node-lost', node: 'n:1', reason: 'The reason.', reached: true },
  'nodes-lost': { type: 'nodes-lost', nodes: ['n:1'] },
  'nodes-are-one': { type: 'nodes-are-one', first: 'n:1', node: 'n:2', serverId: '0123456789abcdef' },
  'node-back': { type: 'node-back', node: 'n:1', awayMs: 12 },
  'node-full': { type: 'node-full', node: 'n:1', reason: 'OUT_OF_MEMORY' },
  'node-warning': { type: 'node-warning', node: '10.0.0.1:11300', reason: 'it keeps no log' },
  'store-lost': { type: 'store-lost', reason: 'the reason', reached: true },
  'store-back': { type: 'store-back', awayMs: 12 },
  'store-warning': { type: 'store-warning', reason: 'The reason.' },
  'tube-warning': { type: 'tube-warning', tube: 'default', reason: 'every client watches it.' },
  'go-consumer-seen': { type: 'go-consumer-seen', tube: 'orders' },
  'embedded-started': { type: 'embedded-started', file: '/var/jobs' },
  'file-lost': { type: 'file-lost', file: '/var/jobs', reason: 'ENOSPC.' },
  'file-back': { type: 'file-back', file: '/var/jobs', awayMs: 12 },
  'quorum-failed': { type: 'quorum-failed', tube: 'orders', id: 'own', reason: 'The reason.' },
  'job-failed': failed('own', new Error('the reason')),
  'job-dead': { type: 'job-dead', tube: 'orders', id: 'own', handler: 'Jobs.run', attempt: 3, reason: 'the reason' },
  'job-skipped': { type: 'job-skipped', tube: 'orders', id: 'own', lateMs: 12 },
  'schedule-missed': { type: 'schedule-missed', tube: 'crons', name: 'Reports.daily', missed: 3 },
  'schedule-unknown': { type: 'schedule-unknown', tube: 'crons', name: 'Reports.daily' },
  'copy-buried': { type: 'copy-buried', dead: false, tube: 'orders', node: 'n:1', number: 7, reason: 'the reason' },
  'copy-early': { type: 'copy-early', tube: 'orders', node: 'n:1', earlyMs: 12 },
  'result-late': { type: 'result-late', tube: 'orders', id: 'own', attempt: 1, lateMs: 40 },
  'result-refused': { type: 'result-refused', tube: 'orders', id: 'own', attempt: 3 },
  'job-superseded': { type: 'job-superseded', tube: 'orders', id: 'own', attempt: 2 },
  'stop-deadline': { type: 'stop-deadline', tube: 'orders', running: 2 },
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
const EVERY: readonly DqEvent[] = Object.values(EACH);

describe('the event log', () => {
  it('has a line for each kind of event, with what it is about', () => {
    const { lines, write } = logOf();
    for (const event of EVERY) write(event);
    expect(lines).toHaveLength(EVERY.length);
    EVERY.forEach((event, at) => {
      const {
        type: _,
        dead: __,
        reached: ___,
        reason,
        error,
        ...told
      } = {
        reason: '',
        error: undefined,
        retryMs: undefined,
        dead: false,
        reached: true,
        ...event,
      };
      for (const value of Object.values(told)) if (value !== undefined) expect(lines[at]).toContain(String(value));
      expect(lines[at]).toContain(error instanceof Error ? error.message : reason);
      expect(lines[at]).toMatch(/^(log|warn|error): [A-Z\d].*/);
    });
  });

  it('writes one line whatever an error says', () => {
    const { lines, write, clock } = logOf();
    const odd = ['two\nlines\r\n  and more', 'bell\u0007 and \u001b[31mred', 'a\u2028b', 'long'.repeat(10_000)];
    for (const text of odd) {
      write(failed('1', new Error(text)));
      clock.pass(10_000);
    }
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/two lines and more \[at [^\]]+:\d+:\d+\)?\]$/);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(line.length).toBeLessThan(1_100);
    }
  });

  it('takes whatever was thrown', () => {
    const { lines, write, clock } = logOf();
    for (const thrown of [undefined, null, 7, Symbol('odd'), { a: 1 }, Object.create(null) as object, () => 1]) {
      write(failed('1', thrown));
      clock.pass(10_000);
    }
    expect(lines).toHaveLength(7);
  });

  it('writes a kind once in ten seconds for each tube, and counts the rest', () => {
    const { lines, write, clock, flush } = logOf();
    for (const id of ['1', '2', '3']) write(skipped(id));
    write(skipped('4', 'mails'));
    clock.pass(9_999);
    write(skipped('5'));
    expect(lines.map((line) => /Job (\d)/.exec(line)?.[1])).toEqual(['1', '4']);
    clock.pass(1);
    write(skipped('6'));
    expect(lines[2]).toBe('warn: 3 more job-skipped events (orders) were not logged.');
    expect(lines[3]).toContain('Job 6');
    write(skipped('7'));
    flush();
    expect(lines.slice(4)).toEqual(['warn: 1 more job-skipped event (orders) was not logged.']);
    flush();
    expect(lines).toHaveLength(5);
  });

  it('forgets no count when there are very many kinds', () => {
    const { lines, write } = logOf();
    write(skipped('1', 'first'));
    write(skipped('2', 'first'));
    for (let tube = 0; tube < 1_000; tube++) write(skipped('3', `tube-${tube}`));
    expect(lines.filter((line) => line.includes('1 more job-skipped'))).toHaveLength(1);
  });

  it('does not pass on what a logger throws', () => {
    const fail = (): never => {
      throw new Error('disk full');
    };
    const log = new DqEventLog({ log: fail, warn: fail, error: fail });
    for (const event of EVERY) expect(() => log.write(event)).not.toThrow();
  });
});
