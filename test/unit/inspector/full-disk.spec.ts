// What the inspector buries relies on a probe of the node's disk, whose answer is good for 64 acts at most.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import type { DqInspector } from '../../../lib/core/inspector/inspector.js';
import { type StubCommand, StubNode } from '../../support/stub-node.js';
import { InspectorBed, TUBE } from './inspector-bed.js';

const LETTERS = 300;
const ACTS = 64;
/** How many a look holds at once. */
const PAGE = 20;

/** A node with so many dead letters, whose disk has room for so many probes, and buries. */
class FillingNode extends StubNode {
  probesLeft = Infinity;
  buriesLeft = Infinity;
  readonly #buried: number[];
  readonly #held = new Set<number>();

  constructor(bed: InspectorBed) {
    super('node-1:11300', bed.clock);
    const bodies = Array.from({ length: LETTERS }, (_, at) => bed.body({ id: `letter-${at}` }));
    this.#buried = [...bodies.keys()];
    this.answers = (command) => this.#answer(command, bodies);
  }

  /** How many acts the log had to take behind each probe. */
  get actsPerProbe(): number[] {
    const acts: number[] = [];
    for (const { name } of this.commands) {
      if (name === 'put') acts.push(0);
      else if (name === 'bury') acts.push((acts.pop() as number) + 1);
    }
    return acts;
  }

  /** All that it holds, and nobody has sent on. */
  get held(): number {
    return this.#held.size;
  }

  #answer(command: StubCommand, bodies: readonly Buffer[]): Reply | undefined {
    const number = command.args[0] as number;
    const body = bodies[number] as Buffer;
    switch (command.name) {
      case 'put':
        return this.probesLeft-- > 0 ? { kind: 'INSERTED', id: LETTERS } : { kind: 'OUT_OF_MEMORY' };
      case 'peek-buried': {
        const [id] = this.#buried;
        return id === undefined ? { kind: 'NOT_FOUND' } : { kind: 'FOUND', id, body: bodies[id] as Buffer };
      }
      case 'reserve-job':
        this.#buried.splice(this.#buried.indexOf(number), 1);
        this.#held.add(number);
        return { kind: 'RESERVED', id: number, body };
      case 'bury':
        this.#held.delete(number);
        if (this.buriesLeft-- <= 0) return { kind: 'INTERNAL_ERROR' };
        this.#buried.push(number);
        return { kind: 'BURIED', id: undefined };
      case 'release':
        this.#held.delete(number);
        return { kind: 'RELEASED' };
      default:
        return this.obey(command);
    }
  }
}

let bed: InspectorBed;
let node: FillingNode;
let inspector: DqInspector;

beforeEach(() => {
  bed = new InspectorBed();
  node = new FillingNode(bed);
  inspector = bed.inspector(undefined, [node]);
});

/** Releases without a delay, which need no log, and no others. */
function expectReleased(count: number): void {
  const released = node.named('release');
  expect(released).toHaveLength(count);
  expect(new Set(released.map(({ args: [, , delay] }) => delay))).toEqual(new Set([0]));
}

describe('a look at many dead letters', () => {
  it('asks the disk anew before more is buried than one answer is good for', async () => {
    expect(await bed.over(inspector.dead(TUBE, { limit: LETTERS }))).toHaveLength(LETTERS);
    expect(node.named('bury').length).toBe(LETTERS);
    expect(Math.max(...node.actsPerProbe)).toBeLessThanOrEqual(ACTS);
  });

  it('ends on a disk that is full in the middle: what is held is released without a delay, and nothing more is taken', async () => {
    // One before each page is taken, and one for what is sent back.
    node.probesLeft = 3;
    expect(await bed.over(inspector.dead(TUBE, { limit: LETTERS }))).toHaveLength(2 * PAGE);
    expect(node.named('bury').length).toBe(PAGE);
    expectReleased(PAGE);
    expect(node.held).toBe(0);
  });
});

describe('a retry of all that meets many letters which have to stay', () => {
  it('buries nothing more on a disk that is full in the middle: what is held is released without a delay', async () => {
    // One before anything is taken, and two for what is sent back.
    node.probesLeft = 3;
    expect(await bed.over(inspector.retryAll(TUBE))).toBe(0);
    expect(node.named('bury').length).toBe(2 * ACTS);
    expectReleased(LETTERS - 2 * ACTS);
    expect(node.held).toBe(0);
  });

  it('takes a bury that was refused for a full disk too', async () => {
    node.buriesLeft = ACTS;
    await bed.over(inspector.retryAll(TUBE));
    expect(node.named('bury').length).toBeLessThanOrEqual(2 * ACTS);
    expectReleased(LETTERS - node.named('bury').length);
  });
});

describe('a look for one dead letter among many', () => {
  it('asks the disk anew before more others are passed than one answer is good for', async () => {
    expect(await bed.over(inspector.retry(TUBE, 'letter-299'))).toBe(true);
    expect(node.named('bury').length).toBe(LETTERS - 1);
    expect(Math.max(...node.actsPerProbe)).toBeLessThanOrEqual(ACTS);
  });

  it('does not pause for that: a node near by has many letters to get past', async () => {
    await bed.over(inspector.retry(TUBE, 'letter-299'));
    expect(bed.clock.monotonic()).toBeLessThan(20);
  });

  it('ends on a disk that is full in the middle, and takes nothing more', async () => {
    node.probesLeft = 2;
    expect(await bed.over(inspector.retry(TUBE, 'letter-10'))).toBe(true);
    expect(node.named('bury').length).toBe(2 * ACTS);
    expect(node.named('reserve-job').length).toBe(2 * ACTS + 1);
    expectReleased(1);
    expect(node.held).toBe(0);
  });

  it('ends with a bury that was refused', async () => {
    node.buriesLeft = 20;
    expect(await bed.over(inspector.retry(TUBE, 'letter-10'))).toBe(true);
    expect(node.named('bury').length).toBe(21);
    expectReleased(1);
  });
});
