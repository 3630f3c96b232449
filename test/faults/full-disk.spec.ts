// What a full disk makes of a copy, to the byte, on a real node: what the library does about it follows from that.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canShim, compileShim, ShimControl } from '../../faults/shim/shim.js';
import { BeanstalkdDialer } from '../../lib/core/beanstalkd/dialer.js';
import { identify } from '../../lib/core/claims/job-identity.js';
import { systemClock } from '../../lib/core/base/clock.js';
import { Cluster } from '../../lib/core/cluster/cluster.js';
import { DiskProbe } from '../../lib/core/beanstalkd/disk-probe.js';
import { Node } from '../../lib/core/cluster/node.js';
import { Acknowledger } from '../../lib/core/consumer/acknowledger.js';
import { type Copy, HeldJob } from '../../lib/core/consumer/held-job.js';
import { Lane } from '../../lib/core/consumer/lane.js';
import { resolveTube } from '../../lib/core/options/resolve-tube.js';
import { decodeEnvelope, nativePrefix } from '../../lib/core/wire/envelope.js';
import { Beanstalkd } from '../../scripts/servers.mjs';
import { ManualClock } from '../support/manual-clock.js';
import { RawClient } from '../support/raw-client.js';
import { StubClaimStore } from '../support/stub-claim-store.js';
import { StubNode } from '../support/stub-node.js';
import { until } from '../support/wait.js';

const TUBE = 'orders';
const FILE_BYTES = 249_856;
const VERSION_BYTES = 4;
/** What beanstalkd sets aside for a release with a delay, a bury or a delete. */
const UPDATE_BYTES = 84;
const PUT_BYTES = UPDATE_BYTES + UPDATE_BYTES + 2;
const FILLER = 'filler';
const LARGEST_FILLER = 60_000;
const SETTINGS = { commandDeadline: 3_000, maxBodyBytes: 65_535 };

/** What a put takes of the log: its record, and room for its delete. */
const taken = (tube: string, bodyBytes: number): number => PUT_BYTES + tube.length + bodyBytes;

function probeBytes(): number {
  const clock = new ManualClock();
  const stub = new StubNode('a:1', clock);
  new DiskProbe(stub.dial({ onAnswering: () => {}, onClosed: () => {} }), clock).ask(() => {});
  const { tube, byteLength } = stub.puts[0]!;
  return taken(tube, byteLength);
}

/** Two nodes, the first with one log file and a disk that can be filled. */
class Bed {
  readonly dir: string;
  readonly shim: ShimControl;
  readonly nodes: readonly [Beanstalkd, Beanstalkd];
  readonly ends: (() => unknown)[] = [];
  raw!: RawClient;
  other!: RawClient;
  #free = FILE_BYTES - VERSION_BYTES;

  private constructor(dir: string, library: string) {
    this.dir = dir;
    this.shim = new ShimControl(library, dir, 'a');
    this.nodes = [
      new Beanstalkd({ dir: join(dir, 'a'), args: ['-s', String(FILE_BYTES)], env: this.shim.env }),
      new Beanstalkd({ dir: join(dir, 'b') }),
    ];
  }

  static async start(): Promise<Bed> {
    const dir = mkdtempSync(join(tmpdir(), 'nestjs-dq-full-'));
    const bed = new Bed(dir, await compileShim(dir));
    await Promise.all(bed.nodes.map((node) => node.start()));
    [bed.raw, bed.other] = await Promise.all([bed.#connect(0), bed.#connect(1)]);
    return bed;
  }

  async put(body: string, tube = TUBE): Promise<number> {
    this.#free -= taken(tube, Buffer.byteLength(body));
    return this.raw.put(body, { tube });
  }

  /** Leaves so many bytes of the log, and no disk beyond it. */
  async leave(bytes: number): Promise<void> {
    while (this.#free > bytes) {
      const body = Math.min(LARGEST_FILLER, this.#free - bytes - taken(FILLER, 0));
      // What is left over for the last one must be enough for a record.
      const rest = this.#free - bytes - taken(FILLER, body);
      await this.put('.'.repeat(rest > 0 && rest < taken(FILLER, 0) ? body - taken(FILLER, 0) : body), FILLER);
    }
    this.shim.fillDisk(true);
  }

  /** Takes the tube's only copy with the library, and lets it release the copy for a minute. */
  async releaseByLibrary(): Promise<void> {
    const report = (): void => {};
    const nodes = this.nodes.map(({ port }) => {
      const address = { host: '127.0.0.1', port, name: `127.0.0.1:${port}` };
      return new Node(new BeanstalkdDialer(address, SETTINGS, systemClock), systemClock, () => 0, report);
    });
    const cluster = new Cluster(nodes, () => 0, report);
    const departures = new Acknowledger(resolveTube(TUBE), {
      cluster,
      store: new StubClaimStore(),
      clock: systemClock,
      report,
    });
    const copy = await new Promise<Copy>((resolve) => {
      const ignored = { ranDry: () => {}, deleted: () => {}, lost: () => {}, answered: () => {} };
      const owner = { ...ignored, room: () => 1, arrived: resolve };
      const lane = new Lane(nodes[0]!, TUBE, owner, systemClock);
      this.ends.push(() => {
        lane.close();
        departures.close();
        for (const node of nodes) node.close();
      });
      lane.start();
    });
    departures.releaseCopy(copy, new HeldJob(identify(TUBE, copy.body), 'normal'), 60_000);
  }

  async stateOf(number: number): Promise<string | undefined> {
    return (await this.raw.statsJob(number))?.['state'];
  }

  /** Copies asked for, by the header of the delayed copy on the second node. */
  async moved(): Promise<number | undefined> {
    const copy = await this.other.peekNext('delayed', TUBE);
    const envelope = copy && decodeEnvelope(copy.body);
    return envelope?.format === 'native' ? envelope.copies : undefined;
  }

  async end(): Promise<void> {
    for (const end of this.ends) await end();
    await Promise.all(this.nodes.map((node) => node.kill()));
    this.shim.close();
    rmSync(this.dir, { recursive: true });
  }

  async #connect(at: 0 | 1): Promise<RawClient> {
    const client = await RawClient.connect(this.nodes[at].port);
    this.ends.push(() => client.close());
    return client;
  }
}

const JOB = `${nativePrefix(0, 'job-1', 3)}"x"`;

(canShim() ? describe : describe.skip)('a full disk', () => {
  let bed: Bed;

  beforeEach(async () => {
    bed = await Bed.start();
  });

  afterEach(async () => {
    await bed.end();
  });

  it.each(['release', 'bury'] as const)(
    'makes beanstalkd lose hold, until a restart, of what it is to %s',
    async (how) => {
      const [first, second] = [await bed.put(JOB), await bed.put(JOB)];
      await bed.leave(UPDATE_BYTES + UPDATE_BYTES - 1);
      const holder = await RawClient.connect(bed.nodes[0].port);
      await holder.reserve(TUBE);
      await holder.reserve(TUBE);
      const send = (id: number) => holder.command(how === 'bury' ? `bury ${id} 0` : `release ${id} 0 9`);
      expect((await send(first)).word).toBe(how === 'bury' ? 'BURIED' : 'RELEASED');
      expect((await send(second)).word).toBe(how === 'bury' ? 'INTERNAL_ERROR' : 'OUT_OF_MEMORY');

      for (const client of [holder, bed.raw])
        for (const line of [`delete ${second}`, `kick-job ${second}`, `touch ${second}`, `release ${second} 0 0`])
          expect([line, (await client.command(line)).word]).toEqual([line, 'NOT_FOUND']);
      expect((await bed.raw.command(`reserve-job ${second}`)).word).toBe('NOT_FOUND');
      await holder.close();
      expect(await bed.stateOf(second)).toBe('reserved');

      bed.shim.healDisk();
      await bed.nodes[0].restart();
      const after = await RawClient.connect(bed.nodes[0].port);
      expect((await after.statsJob(second))?.['state']).toBe('ready');
      await after.close();
    },
  );

  it('with no room for a probe: the copy is moved, and nothing is lost hold of', async () => {
    const number = await bed.put(JOB);
    await bed.leave(probeBytes() - 1);
    await bed.releaseByLibrary();
    await until(async () => (await bed.stateOf(number)) === undefined);
    expect(await bed.moved()).toBe(4);
  });

  it('with room for a probe and a release: the copy stays where it is', async () => {
    const number = await bed.put(JOB);
    await bed.leave(probeBytes() + UPDATE_BYTES);
    await bed.releaseByLibrary();
    await until(async () => (await bed.stateOf(number)) === 'delayed');
    expect(await bed.moved()).toBeUndefined();
  });

  it('with room for a probe alone: the copy is lost hold of, a known limit, and written to another node', async () => {
    const number = await bed.put(JOB);
    await bed.leave(probeBytes() + UPDATE_BYTES - 1);
    await bed.releaseByLibrary();
    await until(async () => (await bed.moved()) !== undefined);
    expect([await bed.moved(), await bed.stateOf(number)]).toEqual([4, 'reserved']);
  });
});
