import { describe, expect, it } from '@jest/globals';
import { plainClaimKey } from '../../../lib/core/claims/claim-key.js';
import { nativePrefix, plainPrefix } from '../../../lib/core/wire/envelope.js';
import { ProducerBed } from './producer-bed.js';

const DUE = 1_767_225_660_000;
const OURS = Buffer.from(`${nativePrefix(DUE, 'job-a', 3)}"x"`);
const OTHER = Buffer.from(`${nativePrefix(DUE, 'job-b', 3)}"y"`);
const HANDLE = 'node-1:11300/orders/11,node-2:11300/orders/12,node-3:11300/orders/13,job-a';

/** What each node shows under the number that the handle names; undefined: nothing is there; 'silent': no answer. */
function holding(bodies: readonly (Buffer | 'silent' | undefined)[]): ProducerBed {
  const bed = new ProducerBed();
  bed.stubs.forEach((stub, at) => {
    const body = bodies[at];
    stub.answers = ({ name, args: [id] }) => {
      if (body === 'silent') return undefined;
      if (name === 'peek') return body === undefined ? { kind: 'NOT_FOUND' } : { kind: 'FOUND', id: Number(id), body };
      return { kind: 'DELETED' };
    };
  });
  return bed;
}

/** The numbers that were deleted, node by node. */
function deleted(bed: ProducerBed): unknown[][] {
  return bed.stubs.map((stub) => stub.named('delete').map(({ args: [id] }) => id));
}

describe('a revoke', () => {
  it('puts a tombstone, deletes the copies, and tells how many are gone', async () => {
    const bed = holding([OURS, OURS, OURS]);
    expect(await bed.settled(bed.producer().revoke(HANDLE))).toBe('revoked');
    expect(bed.store.asked('revoke')).toMatchObject([{ key: 'dq:{orders}:job-a', copies: 3, dueMs: DUE }]);
    expect(deleted(bed)).toEqual([[11], [12], [13]]);
    expect(bed.store.asked('account')).toEqual([[{ key: 'dq:{orders}:job-a', copies: 3, gone: 3 }]]);
    expect(bed.clock.timers).toBe(0);
  });

  it('deletes no job of another, under whose number a restarted node gives it', async () => {
    const bed = holding([OTHER, OURS, undefined]);
    expect(await bed.settled(bed.producer().revoke(HANDLE))).toBe('revoked');
    expect(deleted(bed)).toEqual([[], [12], []]);
    expect(bed.store.asked('revoke')).toHaveLength(1);
  });

  it.each(['running', 'done', 'dead'] as const)('deletes nothing when the claim store says %s', async (verdict) => {
    const bed = holding([OURS, OURS, OURS]);
    bed.store.verdict = verdict;
    expect(await bed.settled(bed.producer().revoke(HANDLE))).toBe(verdict);
    expect(deleted(bed)).toEqual([[], [], []]);
  });

  it('deletes nothing when the claim store does not answer, and says so', async () => {
    const bed = holding([OURS, OURS, OURS]);
    bed.store.away = true;
    expect(await bed.refusal(bed.producer().revoke(HANDLE))).toMatchObject({ code: 'DQ_CLAIM_STORE' });
    expect(deleted(bed)).toEqual([[], [], []]);
    await bed.settled(bed.producer().close(), 1_000);
  });

  it('waits 50 ms for a node that is silent, and leaves its copy to the tombstone', async () => {
    const bed = holding([OURS, OURS, 'silent']);
    const revoking = bed.producer().revoke(HANDLE);
    await bed.clock.advance(49);
    expect(deleted(bed)).toEqual([[11], [12], []]);
    expect(bed.store.asked('account')).toEqual([]);
    expect(await bed.settled(revoking, 1)).toBe('revoked');
  });

  it('looks for a copy for 250 ms, and then puts a tombstone that does not know the due time', async () => {
    const bed = holding(['silent', 'silent', 'silent']);
    const revoking = bed.producer().revoke(HANDLE);
    await bed.clock.advance(249);
    expect(bed.store.calls).toEqual([]);
    expect(await bed.settled(revoking, 60)).toBe('revoked');
    expect(bed.store.asked('revoke')).toMatchObject([{ key: 'dq:{orders}:job-a', copies: 0, dueMs: undefined }]);
  });

  it('deletes copies of which it hears late, before the producer is closed', async () => {
    const bed = holding([OURS, OURS, 'silent']);
    expect(await bed.settled(bed.producer().revoke(HANDLE), 60)).toBe('revoked');
    const closing = bed.producer().close();
    bed.stub(3).answers = () => ({ kind: 'DELETED' });
    bed.stub(3).named('peek')[0]?.answer({ kind: 'FOUND', id: 13, body: OURS });
    await bed.settled(closing);
    expect(deleted(bed)).toEqual([[11], [12], [13]]);
    expect(bed.store.asked('account')).toEqual([[{ key: 'dq:{orders}:job-a', copies: 3, gone: 3 }]]);
  });

  it('does not ask a node that rests', async () => {
    const bed = holding([OURS, OURS, OURS]);
    await bed.settled(bed.producer().revoke(HANDLE));
    bed.stub(1).die();
    const before = bed.stub(1).commands.length;
    expect(await bed.settled(bed.producer().revoke(HANDLE), 100)).toBe('revoked');
    expect(bed.stub(1).commands).toHaveLength(before);
    expect(deleted(bed)[2]).toEqual([13, 13]);
  });

  it('of a plain job knows it by its md5', async () => {
    const body = Buffer.from(`${plainPrefix(DUE, 7)}hello`);
    const md5 = plainClaimKey(body);
    const bed = holding([body, OTHER, undefined]);
    const handle = `node-1:11300/go/11,node-2:11300/go/12,${md5}`;
    expect(await bed.settled(bed.producer('go').revoke(handle))).toBe('revoked');
    expect(bed.store.asked('revoke')).toMatchObject([{ key: md5, dueMs: DUE + 1 }]);
    expect(deleted(bed)).toEqual([[11], [], []]);
  });
});

describe('a revoke by a handle of dq, which has no id', () => {
  const GO = 'node-1:11300/go/11,node-2:11300/go/12,node-3:11300/go/13';
  const body = Buffer.from(`${plainPrefix(DUE, 7)}hello`);

  it('takes the job that its copies show', async () => {
    const bed = holding([body, body, undefined]);
    expect(await bed.settled(bed.producer('go').revoke(GO))).toBe('revoked');
    expect(bed.store.asked('revoke')).toMatchObject([{ key: plainClaimKey(body) }]);
    expect(deleted(bed)).toEqual([[11], [12], []]);
  });

  it('is done when no node has such a copy', async () => {
    const bed = holding([undefined, undefined, undefined]);
    expect(await bed.settled(bed.producer('go').revoke(GO), 300)).toBe('done');
    expect(bed.store.calls).toEqual([]);
  });

  it('cannot be decided while nodes are silent and no copy was seen', async () => {
    const bed = holding([undefined, 'silent', undefined]);
    const revoking = bed.producer('go').revoke(GO);
    revoking.catch(() => {});
    await bed.clock.advance(300);
    bed.stub(2).die();
    expect(await bed.refusal(revoking)).toMatchObject({ code: 'DQ_CONNECTION' });
    expect(deleted(bed)).toEqual([[], [], []]);
  });

  it('deletes no copy of a job other than the one that it revoked', async () => {
    const foreign = Buffer.from(`${plainPrefix(DUE, 8)}another job, on a node that was restarted`);
    const bed = holding([body, foreign, body]);
    expect(await bed.settled(bed.producer('go').revoke(GO))).toBe('revoked');
    expect(bed.store.asked('revoke')).toMatchObject([{ key: plainClaimKey(body) }]);
    expect(deleted(bed)).toEqual([[11], [], [13]]);
  });

  it('is refused when one node alone shows a job, which a restarted node may have given the number', async () => {
    const foreign = Buffer.from(`${plainPrefix(DUE, 8)}another job, on a node that was restarted`);
    for (const bodies of [
      [foreign, undefined, undefined],
      [foreign, OTHER, undefined],
    ]) {
      const bed = holding(bodies);
      expect(await bed.refusal(bed.producer('go').revoke(GO))).toMatchObject({ code: 'DQ_HANDLE' });
      expect(bed.store.calls).toEqual([]);
      expect(deleted(bed)).toEqual([[], [], []]);
    }
  });
});

describe('a revoke of which no copy can be read', () => {
  const NATIVE = 'node-1:11300/go/11,node-2:11300/go/12,job-a';
  const md5 = plainClaimKey('any');
  const MD5 = `node-1:11300/go/11,node-2:11300/go/12,${md5}`;

  it('finds the claim by the id, whatever the format that the tube has here', async () => {
    const bed = holding(['silent', 'silent', 'silent']);
    const revoking = bed.producer('go').revoke(NATIVE);
    await bed.clock.advance(300);
    expect(await bed.settled(revoking, 300)).toBe('revoked');
    expect(bed.store.asked('revoke')).toMatchObject([{ key: 'dq:{go}:job-a' }]);
  });

  it('asks for both claims where the id may be a digest', async () => {
    const bed = holding(['silent', 'silent', 'silent']);
    const revoking = bed.producer('go').revoke(MD5);
    await bed.clock.advance(300);
    expect(await bed.settled(revoking, 300)).toBe('revoked');
    expect(bed.store.asked('revoke')).toMatchObject([{ key: `dq:{go}:${md5}` }, { key: md5 }]);
  });

  it('is revoked when one claim is, and the other never was', async () => {
    const bed = holding([undefined, undefined, undefined]);
    bed.store.verdicts = { [md5]: 'revoked', [`dq:{go}:${md5}`]: 'done' };
    expect(await bed.settled(bed.producer('go').revoke(MD5), 300)).toBe('revoked');
  });
});

describe('a revoke by a handle that was cut off', () => {
  const CUT = HANDLE.slice(0, -2);

  it('is refused while its nodes show the longer id, and nothing is decided', async () => {
    for (const bodies of [
      [OURS, OURS, OURS],
      [undefined, OURS, OURS],
    ]) {
      const bed = holding(bodies);
      const error = await bed.refusal(bed.producer().revoke(CUT));
      expect(error).toMatchObject({ code: 'DQ_HANDLE' });
      expect((error as Error).message).toContain('cut off');
      expect(bed.store.calls).toEqual([]);
      expect(deleted(bed)).toEqual([[], [], []]);
    }
  });

  it('does not take another job for a longer id, under a number that one restarted node gives out again', async () => {
    const bed = holding([OURS, undefined, undefined]);
    bed.store.verdict = 'done';
    expect(await bed.settled(bed.producer().revoke(CUT), 300)).toBe('done');
  });

  it.each([
    'node-1:11300/orders/11,node-2:11300/orders/12,node-3:113',
    'node-1:11300/orders/11,node-2:11300/orders/12,n',
    'node-1:11300/orders/11,node-2:11300',
  ])('is refused too where the cut goes through an endpoint, which looks like an id: %s', async (cut) => {
    const bed = holding([OURS, OURS, OURS]);
    const error = await bed.refusal(bed.producer().revoke(cut));
    expect(error).toMatchObject({ code: 'DQ_HANDLE' });
    expect((error as Error).message).toContain('cut off');
    expect(bed.store.calls).toEqual([]);
  });

  it('does not take for cut off what names all nodes, whatever its id', async () => {
    const bed = holding([OTHER, OTHER, OTHER]);
    bed.store.verdict = 'done';
    expect(await bed.settled(bed.producer().revoke(HANDLE.replace('job-a', 'node-3')), 300)).toBe('done');
  });

  it('never says anything of another job, wherever the cut is', async () => {
    const numbers = [11, 12, 13];
    for (let end = 0; end < HANDLE.length; end++) {
      const bed = new ProducerBed();
      for (const [at, stub] of bed.stubs.entries()) {
        stub.answers = ({ name, args: [id] }) => {
          if (name !== 'peek') return { kind: 'DELETED' };
          return id === numbers[at] ? { kind: 'FOUND', id: numbers[at]!, body: OURS } : { kind: 'NOT_FOUND' };
        };
      }
      const cut = HANDLE.slice(0, end);
      const verdict = await bed.settled(
        bed
          .producer()
          .revoke(cut)
          .catch((error: unknown) => (error as { code: string }).code),
        300,
      );
      const asked = bed.store.asked('revoke');
      if (verdict === 'DQ_HANDLE') expect([cut, asked]).toEqual([cut, []]);
      else expect([cut, verdict, asked]).toMatchObject([cut, 'revoked', [{ key: 'dq:{orders}:job-a' }]]);
    }
  });

  it('does not stand in the way of the whole one (control)', async () => {
    const bed = holding([OURS, OURS, OURS]);
    expect(await bed.settled(bed.producer().revoke(HANDLE))).toBe('revoked');
  });
});
