import { describe, expect, it } from '@jest/globals';
import * as argument from '../../../lib/core/errors/argument.errors.js';
import * as connection from '../../../lib/core/errors/connection.errors.js';
import { DqError, type DqErrorCode } from '../../../lib/core/errors/dq.error.js';
import * as file from '../../../lib/core/errors/file.errors.js';
import { DqQuorumError, type NodeOutcome } from '../../../lib/core/errors/quorum.error.js';
import * as run from '../../../lib/core/errors/run.errors.js';

type Plain = new (message: string, options?: { cause?: unknown }) => DqError;

const CODES: readonly (readonly [DqErrorCode, Plain])[] = [
  ['DQ_OPTIONS', argument.DqOptionsError],
  ['DQ_ENDPOINT', argument.DqEndpointError],
  ['DQ_TUBE_NAME', argument.DqTubeNameError],
  ['DQ_DELAY', argument.DqDelayError],
  ['DQ_DATE', argument.DqDateError],
  ['DQ_PAST_TIME', argument.DqPastTimeError],
  ['DQ_JOB_ID', argument.DqJobIdError],
  ['DQ_KEY', argument.DqKeyError],
  ['DQ_PRIORITY', argument.DqPriorityError],
  ['DQ_PAYLOAD', argument.DqPayloadError],
  ['DQ_BODY_TOO_LARGE', argument.DqBodyTooLargeError],
  ['DQ_HANDLE', argument.DqHandleError],
  ['DQ_HANDLER', argument.DqHandlerError],
  ['DQ_LAYER', argument.DqLayerError],
  ['DQ_SCHEDULE', argument.DqScheduleError],
  ['DQ_BODY', argument.DqBodyError],
  ['DQ_CLOSED', argument.DqClosedError],
  ['DQ_CONNECTION', connection.DqConnectionError],
  ['DQ_DEADLINE', connection.DqDeadlineError],
  ['DQ_PROTOCOL', connection.DqProtocolError],
  ['DQ_CLAIM_STORE', connection.DqClaimStoreError],
  ['DQ_FILE', file.DqFileError],
  ['DQ_FILE_IN_USE', file.DqFileInUseError],
  ['DQ_FILE_DAMAGED', file.DqFileDamagedError],
  ['DQ_LEASE_LOST', run.DqLeaseLostError],
  ['DQ_TIMEOUT', run.DqTimeoutError],
  ['DQ_SHUTDOWN', run.DqShutdownError],
];

const quorum = new DqQuorumError(
  'order-1',
  [
    { endpoint: 'a:1', outcome: 'withdrawn', reason: 'INSERTED, then deleted' },
    { endpoint: 'b:1', outcome: 'refused', reason: 'DRAINING' },
  ],
  2,
  'withdrawn',
  'the cause',
);
const source = new argument.DqSourceError('the source broke', { scheduled: 1 }, { cause: 'the cause' });

describe('errors', () => {
  it.each(CODES)('with code %s have a class and a name of their own, and keep message and cause', (code, type) => {
    const cause = new Error('why');
    const error = new type('what', { cause });
    expect(error).toBeInstanceOf(DqError);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe(code);
    expect(error.name).toBe(type.name);
    expect([error.message, error.cause]).toEqual(['what', cause]);
    expect(error.stack).toMatch(new RegExp(`^${type.name}: what`));
    expect(CODES.filter(([, other]) => error instanceof other)).toHaveLength(1);
  });

  it('of every module stand in this list', () => {
    const listed = new Set<unknown>([
      ...CODES.map(([, type]) => type),
      argument.DqSourceError,
      argument.DqDuplicateIdError,
      argument.DqKeyTakenError,
    ]);
    const exported: unknown[] = [argument, connection, file, run].flatMap((module) => Object.values<unknown>(module));
    expect(exported.filter((type) => !listed.has(type))).toEqual([]);
    expect(new Set(CODES.map(([code]) => code)).size).toBe(CODES.length);
  });

  it('of a key that is taken tell what stands under it', () => {
    const taken = new argument.DqKeyTakenError('order-1', 'retrying', new Date(0), 'a:1/orders/1,x');
    expect(taken).toBeInstanceOf(DqError);
    expect([taken.code, taken.key, taken.state, taken.dueAt, taken.handle]).toEqual([
      'DQ_KEY_TAKEN',
      'order-1',
      'retrying',
      new Date(0),
      'a:1/orders/1,x',
    ]);
    expect(taken.message).toContain('stands under the key "order-1", but a job due at 1970-01-01T00:00:00.000Z');
    expect(taken.message).toContain('due at 1970-01-01T00:00:00.000Z waits for another attempt');
  });

  it('of a bulk carry the report of what was done', () => {
    expect(source).toBeInstanceOf(DqError);
    expect([source.code, source.name, source.cause]).toEqual(['DQ_SOURCE', 'DqSourceError', 'the cause']);
    expect(source.report).toEqual({ scheduled: 1 });
  });

  it('of a quorum tell each node apart and what to do', () => {
    expect(quorum).toBeInstanceOf(DqError);
    expect([quorum.code, quorum.name, quorum.id, quorum.fate]).toEqual([
      'DQ_QUORUM',
      'DqQuorumError',
      'order-1',
      'withdrawn',
    ]);
    expect(quorum.cause).toBe('the cause');
    expect(quorum.message).toBe(
      'Expected at least 2 node(s) to take the job, but: a:1 withdrawn (INSERTED, then deleted), b:1 not written (DRAINING). ' +
        'The job was taken back and will not run from now on. Try again when the nodes are back.',
    );
  });

  it('of a quorum say which node takes no body of this size, since the others coming back would not help', () => {
    const small = [{ endpoint: 'b:1', outcome: 'refused', reason: 'JOB_TOO_BIG' }] as const;
    const taken = { endpoint: 'a:1', outcome: 'withdrawn', reason: 'INSERTED, then deleted' } as const;
    const away = { endpoint: 'c:1', outcome: 'refused', reason: 'Connection to c:1 failed: ECONNREFUSED.' } as const;
    const text = (...nodes: readonly NodeOutcome[]): string => new DqQuorumError('1', nodes, 2, 'withdrawn').message;
    const advice = 'A body of this size needs a higher -z of b:1; or set maxBodyBytes to at most that -z.';
    expect(
      text(taken, ...small).endsWith(
        `b:1 not written (JOB_TOO_BIG). The job was taken back and will not run from now on. ${advice}`,
      ),
    ).toBe(true);
    expect(text(taken, ...small, away).endsWith(`${advice} Try again when the nodes are back.`)).toBe(true);
    expect(text(taken, away)).not.toContain('-z');
  });

  it('of a quorum say that nothing was taken back where no node had the job', () => {
    const away = { endpoint: 'a:1', outcome: 'refused', reason: 'Connection to a:1 failed: ECONNREFUSED.' } as const;
    expect(new DqQuorumError('1', [away], 2, 'withdrawn').message).toBe(
      'Expected at least 2 node(s) to take the job, but: a:1 not written (Connection to a:1 failed: ECONNREFUSED.). ' +
        'No node has the job, so it will not run. Try again when the nodes are back.',
    );
  });

  it('of a quorum do not tell to wait for a node that has said itself what helps', () => {
    const file = { endpoint: 'a:1', outcome: 'refused', reason: 'Free space.', code: 'DQ_FILE' } as const;
    const away = { endpoint: 'b:1', outcome: 'refused', reason: 'Gone.', code: 'DQ_CONNECTION' } as const;
    const text = (...nodes: readonly NodeOutcome[]): string => new DqQuorumError('1', nodes, 1, 'withdrawn').message;
    expect(text(file)).toBe(
      'Expected at least 1 node(s) to take the job, but: a:1 not written (Free space.). No node has the job, so it will not run.',
    );
    expect(text(file, away).endsWith('Try again when the nodes are back.')).toBe(true);
  });

  it.each([
    ['taken' as const, 'it runs now or has run'],
    ['unknown' as const, 'may still run'],
  ])('of a quorum do not promise what is not known: %s', (fate, text) => {
    const unsafe = new DqQuorumError('order-1', quorum.nodes, 2, fate);
    expect(unsafe.message).not.toContain('will not run');
    expect(unsafe.message).toContain(text);
  });

  it('of a taken id tell what became of its job', () => {
    const dueAt = new Date(1_767_225_600_000);
    const done = new argument.DqDuplicateIdError('order-1', 'done', dueAt);
    expect([done.code, done.name, done.id, done.state, done.dueAt]).toEqual([
      'DQ_DUPLICATE_ID',
      'DqDuplicateIdError',
      'order-1',
      'done',
      dueAt,
    ]);
    expect(done.message).toContain('"order-1", which names a job due at 2026-01-01T00:00:00.000Z that is done');
  });

  it.each([
    ['pending' as const, 'try again in 10 s', /nothing is left|another id/],
    ['scheduled' as const, 'It will run; nothing is left to do. To change it, revoke it', /once more/],
    ['running' as const, 'A handler has it now; nothing is left to do.', /revoke/],
    ['retrying' as const, 'It will run again; nothing is left to do. To change it, revoke it', /once more/],
    ['done' as const, 'It is over. To have it run once more, take another id.', /nothing is left/],
    ['dead' as const, 'with DqInspector.retry, or take another id.', /nothing is left/],
    [
      'revoked' as const,
      'It was taken back, and does not run. To schedule it after all, take another id.',
      /nothing is left/,
    ],
  ])('of a taken id say what there is to do when its job is %s', (state, text, never) => {
    const { message } = new argument.DqDuplicateIdError('order-1', state, new Date(0));
    expect(message).toContain(` that is ${state}. `);
    expect(message).toContain(text);
    expect(message).not.toMatch(never);
  });
});
