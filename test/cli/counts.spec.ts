import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { environmentOf, lines, stable } from './cli-bed.js';
import { ran } from './cli-run.js';

const bed = testBed();
const HEAD = 'TUBE  NODE  SCHEDULED  READY  RUNNING  DEAD  CONSUMERS';

describe('counts', () => {
  it('shows the copies of a tube on each node', async () => {
    const tube = bed.tube();
    await bed
      .app({ tubes: [tube] })
      .producer(tube)
      .delay('x', '1h');
    const { code, out, err } = await ran(['counts', tube], { env: environmentOf(bed) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(stable(bed, out)).toBe(lines(HEAD, ...[1, 2, 3].map((node) => `${tube}  10.0.0.${node}  1  0  0  0  0`)));
    await bed.wipe();
  });

  it('shows all tubes that are on the nodes where none is named, and names those that it cannot count', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    await app.producer(tube).delay('x', '1h');
    await bed.raw(0, (client) => client.put('x', { tube: 'theirs/own', delay: 60 }));
    const { code, out, err } = await ran(['counts'], { env: environmentOf(bed) });
    expect(code).toBe(0);
    expect(stable(bed, out)).toBe(lines(HEAD, ...[1, 2, 3].map((node) => `${tube}  10.0.0.${node}  1  0  0  0  1`)));
    expect(err).toBe('Tubes of other programs, not counted: theirs/own\n');
    await app.close();
    await bed.wipe();
    expect(await ran(['counts'], { env: environmentOf(bed) })).toEqual({
      code: 0,
      out: 'No tube has jobs or consumers.\n',
      err: '',
    });
  });

  it('shows which tubes are paused', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    await app.runtime.inspector.pause(tube);
    const { out } = await ran(['counts', tube, bed.tube()], { env: environmentOf(bed) });
    expect(stable(bed, out).split('\n').slice(0, 2)).toEqual([
      `${HEAD}  PAUSED`,
      `${tube}  10.0.0.1  0  0  0  0  0  paused`,
    ]);
    await app.runtime.inspector.resume(tube);
  });

  it('asks about a tube that no node has, and pause does too, whose tube may be yet to come', async () => {
    const tube = bed.tube();
    const question = `No node has jobs or consumers of ${tube}: is the name right?\n`;
    const env = environmentOf(bed);
    expect(await ran(['counts', tube], { env })).toMatchObject({ code: 0, err: question });
    expect(await ran(['pause', tube, '--yes'], { env })).toMatchObject({ code: 0, err: question });
    const app = bed.handling(tube);
    await until(async () => (await app.runtime.inspector.counts(tube)).every(({ watching }) => watching === 1));
    expect(await ran(['counts', tube], { env })).toMatchObject({ code: 0, err: '' });
    expect(await ran(['pause', tube, '--yes'], { env })).toMatchObject({ code: 0, err: '' });
    await app.runtime.inspector.resume(tube);
    await app.close();
  });

  it('shows what is not known of a node that is away as not known, and ends with 3', async () => {
    await bed.cluster.node(1).kill();
    const { code, out, err } = await ran(['counts', 'orders'], { env: environmentOf(bed) });
    expect(code).toBe(3);
    expect(stable(bed, out)).toBe(
      lines(
        HEAD,
        'orders  10.0.0.1  0  0  0  0  0',
        'orders  10.0.0.2  ?  ?  ?  ?  ?',
        'orders  10.0.0.3  0  0  0  0  0',
      ),
    );
    expect(stable(bed, err)).toMatch(/^10\.0\.0\.2 is away: .*ECONNREFUSED.*\n$/);
    const asJson = await ran(['counts', 'orders', '--json'], { env: environmentOf(bed) });
    expect(asJson).toMatchObject({ code: 3, err: '' });
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
    const setting = { env: environmentOf(bed), signal: pressed.signal, onOut };
    expect(await ran(['counts', 'orders', '--watch', '--json'], setting)).toMatchObject({ code: 0, err: '' });
    expect(seen.map((text) => text.endsWith('}\n') && Object.keys(JSON.parse(text) as object))).toEqual([
      ['at', 'counts', 'foreign', 'away'],
      ['at', 'counts', 'foreign', 'away'],
    ]);
  });
});
