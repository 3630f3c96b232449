// What becomes of dead letters that somebody decides on, and what the caller is told.
import { describe, expect, it } from '@jest/globals';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { MemoryClaimStore } from '../../../lib/embedded/claims/memory-claim-store.js';
import { StubNode } from '../../support/stub-node.js';
import { InspectorBed, keyOf, TUBE } from './inspector-bed.js';

const LETTER = { id: 'it' };

/** Does what it is told, and then its answer is lost. */
class Mute extends MemoryClaimStore {
  override async resolveDead(...request: Parameters<MemoryClaimStore['resolveDead']>): Promise<never> {
    await super.resolveDead(...request);
    throw new DqClaimStoreError('the answer is lost');
  }
}

/** A node that shows one buried copy, and answers `sent` when it is sent on. */
function nodeWith(bed: InspectorBed, name: string, sent: Reply): StubNode {
  const body = bed.body(LETTER);
  const node = new StubNode(name, bed.clock, (command) => {
    if (command.name === 'put') return { kind: 'INSERTED', id: 1 };
    if (command.name === 'peek-buried') {
      return node.named('reserve-job').length === 0 ? { kind: 'FOUND', id: 7, body } : { kind: 'NOT_FOUND' };
    }
    if (command.name === 'reserve-job') return { kind: 'RESERVED', id: 7, body };
    if (command.args[0] === 7) return sent;
    return { kind: command.name === 'delete' ? 'DELETED' : 'NOT_FOUND' };
  });
  return node;
}

it.each([
  [undefined, 'got undefined. Declared: '],
  [`${TUBE}x`, `got "${TUBE}x". Did you mean "${TUBE}"?`],
])('a call about %p says what it expected', async (tube, advice) => {
  const bed = new InspectorBed(1);
  const inspector = bed.inspector();
  for (const call of [
    () => inspector.dead(tube as string),
    () => inspector.next(tube as string),
    () => inspector.retry(tube as string, 'it'),
    () => inspector.deleteAll(tube as string),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringContaining(`Expected a call of DqInspector to name a declared tube, ${advice}`),
    });
  }
});

describe('calls about one tube', () => {
  it('wait for each other, so that none misses what another holds', async () => {
    const bed = new InspectorBed(10);
    for (const id of ['a', 'b', 'c']) bed.die({ id });
    const inspector = bed.inspector();
    const calls = [
      inspector.dead(TUBE),
      inspector.retry(TUBE, 'a'),
      inspector.delete(TUBE, 'b'),
      inspector.retry(TUBE, 'b'),
      inspector.retryAll(TUBE),
    ];
    const outcomes = await bed.over(Promise.all(calls));
    expect(outcomes).toEqual([[expect.anything(), expect.anything(), expect.anything()], true, true, false, 1]);
    expect(bed.counts()).toMatchObject({ ready: 2, buried: 0 });
  });

  it('go on after one that failed', async () => {
    const bed = new InspectorBed(10);
    bed.die(LETTER);
    const store = new MemoryClaimStore(bed.claims);
    const inspector = bed.inspector(store);
    const failing = inspector.dead(TUBE);
    const next = inspector.dead(TUBE);
    await store.close();
    await expect(bed.over(failing)).rejects.toThrow(DqClaimStoreError);
    await expect(bed.over(next)).rejects.toThrow(DqClaimStoreError);
    expect(bed.counts()).toMatchObject({ ready: 0, buried: 1 });
  });
});

describe('a retry', () => {
  it.each([
    ['of its id', (bed: InspectorBed) => bed.over(bed.inspector().retry(TUBE, 'it')), true],
    ['of all', (bed: InspectorBed) => bed.over(bed.inspector().retryAll(TUBE)), 1],
  ])('%s counts a letter that is alive already, and whose copies were left buried', async (_, retry, counted) => {
    const bed = new InspectorBed();
    bed.die(LETTER);
    bed.claims.resolveDead(keyOf(LETTER), 'retry');
    expect(await retry(bed)).toBe(counted);
    expect(bed.counts()).toMatchObject({ ready: 1, buried: 0 });
  });

  it('whose answer is lost rejects, and leaves no copy of a job buried that is to run', async () => {
    const bed = new InspectorBed(1, 3);
    bed.die(LETTER);
    bed.die({ id: 'another' });
    await expect(bed.over(bed.inspector(new Mute(bed.claims)).retry(TUBE, 'it'))).rejects.toThrow('the answer is lost');
    expect(bed.claims.describeDead(keyOf(LETTER))).toEqual({ kind: 'alive' });
    for (const node of bed.nodes)
      expect(node.counts(TUBE)).toEqual({ ready: 1, buried: 1, delayed: 0, reserved: 0, watching: 0 });
  });

  it('counts a letter once whose copies it meets in two passes', async () => {
    const bed = new InspectorBed(1, 2);
    bed.die({ ...LETTER, nodes: [0] });
    for (let at = 0; at < 600; at++) bed.die({ id: `between-${at}` });
    bed.bury({ ...LETTER, nodes: [1] });
    expect(await bed.over(bed.inspector().retryAll(TUBE))).toBe(601);
    for (const node of bed.nodes) expect(node.counts(TUBE)).toMatchObject({ ready: 601, buried: 0 });
  });
});

it('a retry of all lets a letter run once, though it is dead again before its last copy is met', async () => {
  const bed = new InspectorBed(1, 2);
  bed.die({ ...LETTER, nodes: [0] });
  for (let at = 0; at < 600; at++) bed.bury({ id: `between-${at}` });
  bed.bury({ ...LETTER, nodes: [1] });
  const asked: string[] = [];
  class Hasty extends MemoryClaimStore {
    override async resolveDead(...request: Parameters<MemoryClaimStore['resolveDead']>): Promise<readonly boolean[]> {
      asked.push(...request[1]);
      const resolved = await super.resolveDead(...request);
      bed.fail(LETTER);
      return resolved;
    }
  }
  expect(await bed.over(bed.inspector(new Hasty(bed.claims)).retryAll(TUBE))).toBe(1);
  expect(asked).toEqual([keyOf(LETTER)]);
  expect(bed.nodes.map((node) => node.counts(TUBE))).toMatchObject([{ ready: 1, buried: 600 }, { buried: 601 }]);
});

describe('a delete', () => {
  it('whose answer is lost rejects, and the next look clears the copies away', async () => {
    const bed = new InspectorBed();
    bed.die(LETTER);
    await expect(bed.over(bed.inspector(new Mute(bed.claims)).delete(TUBE, 'it'))).rejects.toThrow(
      'the answer is lost',
    );
    expect(bed.counts()).toMatchObject({ ready: 0, buried: 1 });
    expect(await bed.over(bed.inspector().dead(TUBE))).toEqual([]);
    expect(bed.jobs).toEqual([]);
  });
});

describe('a letter counts only when a node has let a copy go', () => {
  const RELEASED: Reply = { kind: 'RELEASED' };
  const DELETED: Reply = { kind: 'DELETED' };
  const NOT_FOUND: Reply = { kind: 'NOT_FOUND' };

  it.each([
    ['no node, since reservations had run out', [NOT_FOUND, NOT_FOUND], false],
    ['one of two', [NOT_FOUND, RELEASED], true],
    ['both', [RELEASED, RELEASED], true],
  ])('retried, by %s', async (_, [first, second], retried) => {
    const bed = new InspectorBed();
    const nodes = [nodeWith(bed, 'node-1:11300', first!), nodeWith(bed, 'node-2:11300', second!)];
    expect(await bed.over(bed.inspector(undefined, nodes).retry(TUBE, 'it'))).toBe(retried);
    expect(nodes.map((node) => node.named('release').length)).toEqual([1, 1]);
  });

  it.each([
    ['no node', [NOT_FOUND, NOT_FOUND], 0],
    ['one of two', [DELETED, NOT_FOUND], 1],
  ])('deleted, by %s', async (_, [first, second], deleted) => {
    const bed = new InspectorBed();
    const nodes = [nodeWith(bed, 'node-1:11300', first!), nodeWith(bed, 'node-2:11300', second!)];
    expect(await bed.over(bed.inspector(undefined, nodes).deleteAll(TUBE))).toBe(deleted);
  });
});
