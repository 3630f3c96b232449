import { TUBE } from '../servers/processes.js';
import type { Scenario } from './scenario.js';

const SHORT = [0, 1, 2, 900, 999, 1_000, 1_001, 1_500, 2_000, '0.9s', '1ms', '2s'];
/** Beyond what one timer of Node holds, what a signed and an unsigned 32-bit number of milliseconds holds, and so on. */
const LONG = ['25d', '24.9d', '50d', '68y', '100y', 2_147_483_648, 4_294_967_296, 4_294_967_295_000];
const REFUSED = ['200y', -1, '90', '-1s', 'soon', '', 4_294_967_295_001, '1e400y'];

const delays: Scenario = {
  id: 'F16',
  variant: 'delays',
  title: 'delays of 0 ms to 136 years, a handler timeout of 30 days, a tube name of 200 bytes; more is refused',
  // A copy that was acknowledged after the two that were waited for is not in the handle, and stays until it is due.
  expect: { counts: { rejected: REFUSED.length, revoked: LONG.length, delayed: { max: LONG.length } } },
  control: {
    what: 'timers are not chained, so that one of 30 days fires at once',
    name: 'raw-timeouts',
    where: 'consumers',
    shows: ['twice', 'lost', 'dead'],
  },
  async play(testbed) {
    const app = { handler: { timeout: '30d' }, tube: { name: `${TUBE}.${'x'.repeat(199 - TUBE.length)}` } };
    const [producer] = await Promise.all([testbed.producer(app), testbed.consumers(2, app)]);
    const plan = { perSecond: 100, delayMs: [0, 0], tube: app.tube.name } as const;
    const count = testbed.pick(2_000, 200);
    const long = testbed.plan({ ...plan, count: LONG.length, delays: LONG });
    const acts = [{ share: 0.3, act: { do: 'finish', ms: 20 } }] as const;
    await producer.load(testbed.plan({ ...plan, count, delays: SHORT, acts }));
    await producer.load(long);
    await producer.load(testbed.plan({ ...plan, count: REFUSED.length, delays: REFUSED }));
    await producer.obey({ type: 'revoke', seqs: LONG.map((_, at) => long.first + at) });
  },
};

const twins: Scenario = {
  id: 'F16',
  variant: 'twins',
  title: 'two equal payloads for one moment, on a tube in the plain format of dq',
  expect: {},
  control: {
    what: 'the digits under the millisecond are 0, as in dq at round times',
    name: 'same-moment',
    where: 'producers',
    shows: ['lost'],
  },
  async play(testbed) {
    const app = { tube: { format: 'plain' } } as const;
    const [producer] = await Promise.all([testbed.producer(app), testbed.consumers(2, app)]);
    const [count, perSecond] = testbed.pick([2_000, 200], [100, 100]);
    const dueFrom = Math.ceil(testbed.clock.now() + (2_000 * count) / perSecond + 1_000);
    await producer.load(testbed.plan({ count, perSecond, delayMs: [0, 0], dueFrom, twins: true }));
  },
};

export const extremes: readonly Scenario[] = [delays, twins];
