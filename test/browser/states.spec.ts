// What the page shows while it waits, when nothing is there, when it fails, and when servers do not answer.
import { expect, it } from '@jest/globals';
import { describePage } from './browser-bed.js';
import { nodes, NODES, tube, tubes, withSilentNode } from './canned-tubes.js';
import { job, key, meta, meters, schedules } from './canned-views.js';
import { stubBed } from './stub-bed.js';

/** A browser says of each answer that is no success that a resource failed to load. */
const FAILED = /^Failed to load resource/;
const bed = stubBed();
const MINUTE = 60_000;
/** Of each step. */
const NONE = Array.from({ length: 60 }, () => 0);

/** View, where it is, its path in the API, and something of it. */
const READ: readonly (readonly [string, string, string, string])[] = [
  ['tubes', '#/tubes', 'tubes', 'about 1,284'],
  ['a tube', '#/tubes/orders', 'tubes', 'Copies on each node'],
  ['meters', '#/tubes/orders', 'meters', 'Time in the handler'],
  ['a history', '#/tubes/orders', 'tubes/orders/history', 'order-48210'],
  ['tubes with dead letters', '#/dead', 'tubes', 'about 4'],
  ['schedules', '#/schedules', 'schedules', 'every day at 02:30'],
  ['a key', '#/keys?tube=orders&key=order:48211', 'key', 'order-48211'],
  ['a job', '#/job?handle=n1', 'job', 'Tube mails has been paused since'],
  ['nodes', '#/nodes', 'nodes', NODES[1]],
];

const POLLED: ReadonlySet<string> = new Set(['tubes', 'meters', 'schedules', 'nodes']);

describePage('a view', () => {
  const failure = { code: 'DQ_CLAIM_STORE', message: 'Redis at 10.0.0.9:6379 does not answer.' };

  it.each(READ)(
    '%s says that it is read, why it could not be, and is there when it can be',
    async (_what, place, path, shown) => {
      const view = bed.stub.answerOf(path);
      bed.stub.fail(path, 503, failure);
      const release = bed.stub.hold(path);
      const page = await bed.open(place, { tolerated: FAILED, clock: true });
      const waiting = page.getByText(/^(Loading|Looking) …$/).first();
      await waiting.waitFor();
      expect(await page.getByText(shown).count()).toBe(0);
      release();
      const alert = page.getByRole('alert').filter({ hasText: failure.message });
      await alert.waitFor();
      expect(await alert.textContent()).toContain('see Nodes');
      bed.stub.show(path, view);
      // By itself, or for who comes again.
      if (POLLED.has(path)) await bed.readAgain(page, [path]);
      else {
        await page.goto(`${bed.stub.url}#/live`);
        await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
        await page.goto(`${bed.stub.url}${place}`);
      }
      await page.getByText(shown).first().waitFor();
      expect(await page.getByText(failure.message).count()).toBe(0);
    },
  );
});

describePage('when it cannot be read', () => {
  it('after a typing mistake leaves the advice to its message', async () => {
    const alertOf = async (status: number, code: string): Promise<string> => {
      bed.stub.fail('nodes', status, { code, message: 'It went wrong.' });
      const page = await bed.open('#/nodes', { tolerated: FAILED });
      const alert = page.getByRole('alert').filter({ hasText: 'It went wrong.' });
      await alert.waitFor();
      return alert.innerText();
    };
    expect(await alertOf(400, 'DQ_HANDLE')).not.toContain('Try again');
    expect(await alertOf(503, 'DQ_CONNECTION')).toContain('Try again');
  });

  it('what was read before stays, and says how old it is', async () => {
    const page = await bed.open('#/nodes', { tolerated: FAILED, clock: true });
    await page.getByText(NODES[1]).waitFor();
    bed.stub.fail('nodes', 500, { code: 'INTERNAL', message: 'The dashboard failed.' });
    await bed.readAgain(page, ['nodes']);
    await page.getByText('What is shown was read').waitFor();
    expect(await page.getByText(NODES[1]).count()).toBe(1);
  });

  it.each([
    [401, 'Sign in'],
    [403, 'Sign in'],
  ])('an answer of the application itself, %d, leads to its login', async (status, advice) => {
    bed.stub.fail('meta', status, { statusCode: status, message: 'Forbidden resource' });
    const page = await bed.open('#/tubes', { tolerated: FAILED });
    const alert = page.getByRole('alert').filter({ hasText: 'Forbidden resource' });
    await alert.waitFor();
    expect(await alert.textContent()).toContain(advice);
  });
});

/** Where it is, its path in the API, the view, and what is said. */
const NOTHING: readonly (readonly [string, string, () => unknown, string])[] = [
  ['#/tubes', 'tubes', () => ({ at: Date.now(), tubes: [] }), 'declared no tube'],
  ['#/tubes/none', 'tubes', tubes, 'no tube of this name'],
  ['#/dead', 'tubes', () => ({ at: Date.now(), tubes: [tube('orders', [1, 0, 0, 0])] }), 'no dead letter in any tube'],
  ['#/schedules', 'schedules', () => ({ ...schedules(), schedules: [] }), 'No schedule is set'],
  ['#/keys?tube=orders&key=x', 'key', () => ({ ...key(), key: 'x', job: null }), 'No job stands under'],
  [
    '#/tubes/orders',
    'meters',
    () => ({ ...meters(), completed: NONE, failed: NONE, dead: NONE }),
    'No job of this tube has been tried',
  ],
  ['#/job?handle=n1', 'job', () => job({ copies: [], silent: [] }), 'No node that answered has a copy'],
  ['#/nothing', 'tubes', tubes, 'Choose one above'],
];

describePage('a chart of handler times', () => {
  it('tells a handler that took 0 ms from a step without an attempt', async () => {
    const took = NONE.map((_, at) => (at === 58 ? 7 : at === 59 ? 0 : null));
    bed.stub.show('meters', () => ({ ...meters(), tookP50: took, tookP99: took }));
    const page = await bed.open('#/tubes/orders');
    const chart = page.getByRole('figure').filter({ hasText: 'Time in the handler' });
    await chart.getByText('half (p50) 0 ms').waitFor();
    await chart.getByText('As a table').click();
    expect(await chart.getByRole('rowheader').count()).toBe(2);
    expect(await chart.getByRole('cell').first().textContent()).toBe('0 ms');
  });
});

describePage('where nothing is', () => {
  it('that is said', async () => {
    const page = await bed.open('#/live');
    await page.getByText('Nothing has happened yet').waitFor();
    for (const [place, path, view, said] of NOTHING) {
      bed.stub.show(path, view);
      await page.goto(`${bed.stub.url}${place}`);
      await page.getByText(said).waitFor();
      bed.stub.reset();
      await page.goto(`${bed.stub.url}#/live`);
    }
  });

  it('no recurring jobs are said', async () => {
    bed.stub.show('meta', () => ({ ...meta, schedules: false }));
    const page = await bed.open('#/schedules');
    await page.getByText('has no recurring jobs').waitFor();
  });

  it('no dead letter of a tube is said, after they were read', async () => {
    bed.stub.show('tubes/orders/dead', () => ({
      at: Date.now(),
      tube: 'orders',
      letters: [],
      more: false,
      silent: [],
    }));
    const page = await bed.open('#/dead/orders');
    await page.getByRole('button', { name: 'Read dead letters' }).click();
    await page.getByText('There is no dead letter in this tube').waitFor();
  });
});

describePage('a node that does not answer', () => {
  it('is said in each view that it matters to, and its counts are never 0', async () => {
    bed.stub.show('tubes', () => ({ ...tubes(), tubes: tubes().tubes.map(withSilentNode) }));
    const page = await bed.open('#/tubes?copies=1');
    await page.getByText(`Node ${NODES[2]} does not answer`).waitFor();
    await page.getByText('1 of 3 nodes silent').first().waitFor();
    const row = page.getByRole('row').filter({ hasText: 'its copies are not known' }).last();
    expect(await row.textContent()).toMatch(new RegExp(`^${NODES[2]}does not answer`));
    await page.goto(`${bed.stub.url}#/tubes/orders`);
    await page.getByText('its copies are not known').waitFor();
    await page.goto(`${bed.stub.url}#/dead`);
    await page.getByText('dead letters that are on it alone are not counted').waitFor();
    await page.goto(`${bed.stub.url}#/dead/orders`);
    await page.getByText('an action does not reach them').waitFor();
    await page.goto(`${bed.stub.url}#/job?handle=n1`);
    await page.getByText(`A node does not answer: ${NODES[2]}`).waitFor();
    await page.goto(`${bed.stub.url}#/nodes`);
    await page.getByText('connect ECONNREFUSED').waitFor();
  });

  it('and no other either leaves counts unknown, not 0', async () => {
    const unknown = {
      ...tube('orders', [5, 0, 0, 0]),
      jobs: null,
      next: null,
      consumers: null,
      pause: { state: 'unknown' },
    };
    bed.stub.show('tubes', () => ({ at: Date.now(), tubes: [unknown] }));
    const page = await bed.open('#/tubes');
    await page.getByText('No job starts anywhere until Redis answers.').waitFor();
    const cells = await page
      .getByRole('row')
      .filter({ hasText: 'orders' })
      .getByText('not known', { exact: true })
      .count();
    expect(cells).toBe(5);
  });
});

describePage('what is shown is what it is', () => {
  it('the first job of a tube in which none is ready runs, or waits for another attempt', async () => {
    const first = (ready: number) => ({
      ...tube('orders', [2, ready, 0, 0]),
      next: { id: 'order-1', dueAt: Date.now() - MINUTE, handle: 'n1/orders/7,order-1' },
    });
    bed.stub.show('tubes', () => ({ at: Date.now(), tubes: [first(0)] }));
    const page = await bed.open('#/tubes', { clock: true });
    await page.getByText('runs, or waits for another attempt').waitFor();
    bed.stub.show('tubes', () => ({ at: Date.now(), tubes: [first(1)] }));
    await bed.readAgain(page, ['tubes']);
    await page.getByText('runs, or waits for another attempt').waitFor({ state: 'detached' });
  });

  it('the job that is due next is led to by its handle', async () => {
    const page = await bed.open('#/tubes');
    const link = page.getByRole('link', { name: /the job of orders that is due next/ });
    expect(await link.getAttribute('href')).toBe(
      `#/job?handle=${encodeURIComponent(`${NODES[0]}/orders/77,orders-next`)}`,
    );
  });

  it('the default tube is not in the table while it is idle, and has its page all the same', async () => {
    const page = await bed.open('#/tubes');
    await page.getByText('about 1,284').waitFor();
    expect(await page.getByRole('rowheader').count()).toBe(4);
    await page.goto(`${bed.stub.url}#/tubes/dq-default`);
    await page.getByRole('region', { name: 'Copies of dq-default' }).waitFor();
  });

  it('a job that runs has a lease, and one that is to be tried again waits', async () => {
    bed.stub.show('job', () => job({ state: 'running', until: Date.now() + MINUTE, why: [] }));
    const page = await bed.open('#/job?handle=n1');
    await page.getByText('Lease lasts until').waitFor();
    bed.stub.show('job', () => job({ state: 'retrying', until: Date.now() + MINUTE }));
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('Waits until').waitFor();
  });

  it('Redis away is the first thing to look at, before a node that is away too', async () => {
    const row = { ...withSilentNode(tube('orders', [1, 0, 0, 0])), pause: { state: 'unknown' } };
    bed.stub.show('tubes', () => ({ at: Date.now(), tubes: [row] }));
    const page = await bed.open('#/tubes');
    await page.getByText(`Node ${NODES[2]} does not answer`).waitFor();
    expect(await page.locator('.matters li').first().textContent()).toContain(
      'No job starts anywhere until Redis answers.',
    );
  });

  it('as many dead letters as all nodes have alike are that many', async () => {
    const row = tube('orders', [0, 0, 0, 4]);
    bed.stub.show('tubes', () => ({ at: Date.now(), tubes: [row] }));
    const page = await bed.open('#/tubes', { clock: true });
    await page.getByText('orders has about 4 dead letters.').waitFor();
    bed.stub.show('tubes', () => ({ at: Date.now(), tubes: [withSilentNode(row)] }));
    await bed.readAgain(page, ['tubes']);
    await page.getByText('orders has about 4 dead letters (up to 12).').waitFor();
  });

  it('a copy that a consumer has is held: its job may not run yet', async () => {
    const page = await bed.open('#/tubes');
    await page.getByRole('columnheader', { name: 'Held' }).waitFor();
    await page.getByText('Held: a consumer has it, so it runs or is about to.').waitFor();
    expect(await page.getByRole('columnheader', { name: 'Running', exact: true }).count()).toBe(0);
  });

  it('a key says why its job has not run, and one without a job where it may be', async () => {
    const page = await bed.open('#/keys?tube=orders&key=order%3A48211');
    await page.getByRole('heading', { name: 'Why it has not run' }).waitFor();
    await page.getByText('Tube mails has been paused since').waitFor();
    bed.stub.show('key', () => ({ ...key(), job: null }));
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('it has run, became a dead letter, was cancelled, or never was').waitFor();
    const link = page.getByRole('link', { name: 'Its tube has about 4 dead letters' });
    expect(await link.getAttribute('href')).toBe('#/dead/orders');
  });

  it('a node that is away has no stray full stop, and it is said that jobs go on with the others', async () => {
    const away = {
      node: NODES[2],
      reachable: false,
      reason: 'connect ECONNREFUSED 10.0.0.3:11300.',
      awaySince: Date.now() - MINUTE,
    };
    bed.stub.show('nodes', () => ({ ...nodes(), nodes: [...nodes().nodes.slice(0, 2), away] }));
    const page = await bed.open('#/nodes');
    await page.getByText('Jobs go on with the nodes that answer.').waitFor();
    expect(await page.getByRole('row').last().textContent()).toContain('10.0.0.3:11300, away since');
  });
});
