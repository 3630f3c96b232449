import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { environmentOf, lines, stable } from './cli-bed.js';
import { ran } from './cli-run.js';

const bed = testBed();

describe('counts', () => {
  it('shows the copies of a tube on each node', async () => {
    const { code, out, err } = await ran(['counts', 'orders'], { env: environmentOf(bed) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(stable(bed, out)).toBe(
      lines(
        'TUBE    NODE             SCHEDULED  READY  RUNNING  DEAD',
        'orders  10.0.0.1:11300           0      0        0     0',
        'orders  10.0.0.2:11300           0      0        0     0',
        'orders  10.0.0.3:11300           0      0        0     0',
      ),
    );
  });

  it('shows what is not known of a node that is away as not known, and ends with 3', async () => {
    await bed.cluster.node(1).kill();
    const { code, out, err } = await ran(['counts', 'orders'], { env: environmentOf(bed) });
    expect(code).toBe(3);
    expect(stable(bed, out)).toBe(
      lines(
        'TUBE    NODE             SCHEDULED  READY  RUNNING  DEAD',
        'orders  10.0.0.1:11300           0      0        0     0',
        'orders  10.0.0.2:11300           ?      ?        ?     ?',
        'orders  10.0.0.3:11300           0      0        0     0',
      ),
    );
    expect(stable(bed, err)).toMatch(/^10\.0\.0\.2:11300 +did not answer, so its copies are not known: .*ECONNREFUSED/);
    const asJson = await ran(['counts', 'orders', '--json'], { env: environmentOf(bed) });
    expect(asJson).toMatchObject({ code: 3, err: '' });
    expect(JSON.parse(asJson.out)).toEqual(
      bed.cluster.endpoints.map((node, at) =>
        at === 1
          ? { tube: 'orders', node, reachable: false }
          : { tube: 'orders', node, reachable: true, scheduled: 0, ready: 0, running: 0, dead: 0 },
      ),
    );
  });
});
