import { describe, expect, it } from '@jest/globals';
import { Node } from '../../../lib/core/cluster/node.js';
import type { Copy } from '../../../lib/core/consumer/held-job.js';
import { Lane, type LaneOwner } from '../../../lib/core/consumer/lane.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubNode } from '../../support/stub-node.js';

class Owner implements LaneOwner {
  readonly copies: Copy[] = [];

  room(): number {
    return 10;
  }
  arrived(copy: Copy): void {
    this.copies.push(copy);
  }
  ranDry(): void {}
  deleted(): void {}
  lost(): void {}
  answered(): void {}
}

describe('a lane that blocks', () => {
  it('does not block again between a probe of the disk and what it was for', async () => {
    const clock = new ManualClock();
    let copies = 1;
    const stub = new StubNode('a:1', clock, ({ name, args: [seconds] }) => {
      if (name === 'watch') return { kind: 'WATCHING' };
      if (name !== 'reserve' || seconds !== 0) return undefined;
      return copies-- > 0 ? { kind: 'RESERVED', id: 7, body: Buffer.from('x') } : { kind: 'TIMED_OUT' };
    });
    const owner = new Owner();
    const lane = new Lane(
      new Node(
        stub,
        clock,
        () => 0,
        () => {},
      ),
      'orders',
      owner,
      clock,
    );
    lane.start();
    await clock.advance(100);
    const [copy] = owner.copies as [Copy];
    const blocking = stub.commands.at(-1)!;
    expect([blocking.name, blocking.args]).toEqual(['reserve', [1]]);

    lane.release(copy, 0, 30);
    // The probe lay behind the reserve, so both are answered in one read.
    blocking.answer({ kind: 'TIMED_OUT' });
    stub.named('put')[0]!.answer({ kind: 'INSERTED', id: 8 });
    const after = stub.commands.slice(stub.commands.indexOf(blocking) + 1);
    expect(after.map(({ name }) => name)).toEqual(['put', 'peek-ready', 'release', 'delete']);
    lane.close();
  });
});
