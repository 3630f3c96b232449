import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { Commands, lines, stable } from './cli-bed.js';

const bed = testBed();
const dq = new Commands(bed);
const HEAD = 'TUBE  NODE  SCHEDULED  READY  RUNNING  DEAD  CONSUMERS';

describe('counts', () => {
  it('shows the copies of a tube on each node', async () => {
    const tube = bed.tube();
    await bed
      .app({ tubes: [tube] })
      .producer(tube)
      .delay('x', '1h');
    expect(await dq.said('counts', tube)).toBe(
      lines(HEAD, ...[1, 2, 3].map((node) => `${tube}  10.0.0.${node}  1  0  0  0  0`)),
    );
    await bed.wipe();
  });

  it('shows all tubes that are on the nodes where none is named, and names those that it cannot count', async () => {
    const { app, tube } = bed.running();
    await app.producer(tube).delay('x', '1h');
    await bed.raw(0, (client) => client.put('x', { tube: 'theirs/own', delay: 60 }));
    const foreign = { err: 'Tubes of other programs, not counted: theirs/own\n' };
    const { out } = await dq.ends(['counts'], 0, foreign);
    expect(stable(bed, out)).toBe(lines(HEAD, ...[1, 2, 3].map((node) => `${tube}  10.0.0.${node}  1  0  0  0  1`)));
    await app.close();
    await bed.wipe();
    await dq.ends(['counts'], 0, { out: 'No tube has jobs or consumers.\n', err: '' });
  });

  it('shows which tubes are paused', async () => {
    const { app, tube } = bed.idle();
    await app.runtime.inspector.pause(tube);
    const { out } = await dq.run(['counts', tube, bed.tube()]);
    expect(stable(bed, out).split('\n').slice(0, 2)).toEqual([
      `${HEAD}  PAUSED`,
      `${tube}  10.0.0.1  0  0  0  0  0  paused`,
    ]);
    await app.runtime.inspector.resume(tube);
  });

  it('asks about a tube that no node has, and pause does too, whose tube may be yet to come', async () => {
    const tube = bed.tube();
    const question = `No node has jobs or consumers of ${tube}: is the name right?\n`;
    await dq.ends(['counts', tube], 0, { err: question });
    await dq.ends(['pause', tube, '--yes'], 0, { err: question });
    const app = bed.handling(tube);
    await until(async () => (await app.runtime.inspector.counts(tube)).every(({ watching }) => watching === 1));
    await dq.ends(['counts', tube], 0, { err: '' });
    await dq.ends(['pause', tube, '--yes'], 0, { err: '' });
    await app.runtime.inspector.resume(tube);
    await app.close();
  });

  it('shows what is not known of a node that is away as not known, and ends with 3', async () => {
    await bed.cluster.node(1).kill();
    const { out, err } = await dq.ends(['counts', 'orders'], 3, {});
    expect(stable(bed, out)).toBe(
      lines(
        HEAD,
        'orders  10.0.0.1  0  0  0  0  0',
        'orders  10.0.0.2  ?  ?  ?  ?  ?',
        'orders  10.0.0.3  0  0  0  0  0',
      ),
    );
    expect(stable(bed, err)).toMatch(/^10\.0\.0\.2 is away: .*ECONNREFUSED.*\n$/);
    const asJson = await dq.ends(['counts', 'orders', '--json'], 3, { err: '' });
    expect(JSON.parse(asJson.out)).toEqual({
      counts: bed.cluster.endpoints.map((node, at) => {
        const shared = { tube: 'orders', node, reachable: at !== 1, paused: false };
        return at === 1 ? shared : { ...shared, scheduled: 0, ready: 0, running: 0, dead: 0, consumers: 0 };
      }),
      foreign: [],
      away: [{ server: bed.cluster.endpoints[1], reason: expect.stringContaining('ECONNREFUSED') }],
    });
  });

  it('watches until Ctrl-C, and ends with 0', async () => {
    const pressed = new AbortController();
    const seen: string[] = [];
    const onOut = (text: string): void => {
      if (seen.push(text) === 2) pressed.abort();
    };
    await dq.ends(['counts', 'orders', '--watch', '--json'], 0, { err: '' }, { signal: pressed.signal, onOut });
    expect(seen.map((text) => text.endsWith('}\n') && Object.keys(JSON.parse(text) as object))).toEqual([
      ['at', 'counts', 'foreign', 'away'],
      ['at', 'counts', 'foreign', 'away'],
    ]);
  });
});
