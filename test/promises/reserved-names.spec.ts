// The tube in which nodes are asked whether they can write their log: no tube of an application, and jobs of others in it stay.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, type DqOptions, DqTubeNameError } from 'nestjs-dq';
import { DqHandlerError } from '../../lib/core/errors/argument.errors.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import { EmbeddedApp } from '../support/embedded-app.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const OURS = 'dq-probe';
const SERVERS = { beanstalks: ['10.0.0.1:1', '10.0.0.2:1'], redis: 'redis://10.0.0.3:1' };

describe('the name dq-probe is refused for a tube', () => {
  it.each<[string, Record<string, unknown>]>([
    ['by name', { ...SERVERS, tubes: [OURS] }],
    ['with options', { ...SERVERS, tubes: ['orders', { name: OURS, attempts: 3 }] }],
    [
      'as the tube of the nodes',
      { ...SERVERS, beanstalks: SERVERS.beanstalks.map((endpoint) => ({ endpoint, tube: OURS })) },
    ],
    ['in consume', { ...SERVERS, consume: [OURS] }],
    ['embedded', { embedded: true, tubes: [OURS] }],
  ])('in the options, %s', (_how, options) => {
    expect(() => resolveOptions(options as unknown as DqOptions)).toThrow(DqTubeNameError);
    expect(() => resolveOptions(options as unknown as DqOptions)).toThrow(/"dq-probe".*Take any other/);
  });

  it('when it is declared later, and when it is handled without being declared', async () => {
    const runtime = new DqRuntime(resolveOptions(SERVERS));
    expect(() => runtime.declare(OURS)).toThrow(DqTubeNameError);
    expect(() => runtime.handle(OURS, () => undefined)).toThrow(DqTubeNameError);
    expect(() => runtime.producer(OURS)).toThrow(DqTubeNameError);
    // Any other is only not declared.
    expect(() => runtime.handle('dq-probes', () => undefined)).toThrow(DqHandlerError);
    await runtime.close();
  });

  it.each([
    ['forRoot', [DqModule.forRoot({ embedded: true, tubes: [OURS] })]],
    ['forRootAsync', [DqModule.forRootAsync({ useFactory: () => ({ embedded: true, tubes: [OURS] }) })]],
    ['forFeature', [DqModule.forRoot({ embedded: true }), DqModule.forFeature(OURS)]],
  ])('in a module, by %s', async (_how, imports) => {
    await expect(
      (async () => {
        const moduleRef = await Test.createTestingModule({ imports }).compile();
        await moduleRef.init();
      })(),
    ).rejects.toThrow(/"dq-probe"/);
  });

  it('by a handler', async () => {
    @Injectable()
    class Jobs {
      @DqHandler(OURS)
      run(): void {}
    }
    @Module({ imports: [DqModule.forRoot({ embedded: true })], providers: [Jobs] })
    class App {}
    const moduleRef = await Test.createTestingModule({ imports: [App] }).compile();
    await expect(moduleRef.init()).rejects.toThrow(DqTubeNameError);
  });

  it('and names like it are not (control)', async () => {
    const app = new EmbeddedApp({ tubes: ['dq-probes', 'dq-prob', 'DQ-PROBE', 'work'] });
    await app.runtime.producer('dq-probes').delay('x', '1h');
    await app.close();
  });
});

describe("another program's jobs in the tube dq-probe", () => {
  const servers = new TestBed();
  // What the other program has is left.
  afterEach(() => servers.wipe());
  const bed = specBed(servers);
  const put = (body: string, delay = 0): Promise<unknown> =>
    Promise.all(bed.cluster.nodes.map((node) => bed.raw(node, (client) => client.put(body, { tube: OURS, delay }))));
  const counts = (): Promise<number[]> =>
    Promise.all(
      [0, 1, 2].map(async (node) => {
        const { ready, delayed, buried } = await bed.copies(node, OURS);
        return ready + delayed + buried;
      }),
    );

  let tube: string;
  beforeEach(() => {
    tube = bed.tube();
  });

  /** Lets consumers ask all nodes for their disks: a job that fails is released with a delay. */
  async function probes(): Promise<void> {
    let failed = false;
    const fail = (): void => {
      if (failed) return;
      failed = true;
      throw new Error('not yet');
    };
    const app = bed.handling(tube, fail, { backoff: { type: 'fixed', delay: '3s' } });
    const asked = async (): Promise<boolean> => {
      const all = await Promise.all(bed.cluster.nodes.map((node) => bed.raw(node, (client) => client.statsTube(OURS))));
      return all.every((stats) => Number(stats?.['total-jobs']) > before);
    };
    const before = Math.max(...(await counts()));
    await app.producer(tube).delay('x', 0);
    await app.event('job-failed');
    await until(asked);
    await app.runs.next(2);
    await until(async () =>
      (await bed.copiesOnEach(tube)).every(({ ready, reserved, delayed }) => ready + reserved + delayed === 0),
    );
    await app.close();
  }

  it.each([
    ['whatever they are', 'their work'],
    ['also when they look like a small question', '..'],
    ['also when they are as long as a large one', '.'.repeat(20_480)],
  ])('stay when nodes are asked, %s', async (_what, body) => {
    await put(body);
    await put(body, 3_600);
    await probes();
    expect(await counts()).toEqual([2, 2, 2]);
  });

  it('stay where they are, and nothing of ours stays beside them', async () => {
    await probes();
    expect(await counts()).toEqual([0, 0, 0]);
  });
});
