// How each view looks: nothing to move sideways, nothing that keeps people out, in light and dark, on a phone and on a wall.
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describePage, expectAccessible, expectNoSideways, photograph } from './browser-bed.js';
import { NODES, tubes, withSilentNode } from './canned-tubes.js';
import { history, live, meta } from './canned-views.js';
import { stubBed } from './stub-bed.js';
import type { StubDashboard } from './stub-dashboard.js';

interface Look {
  readonly name: string;
  readonly place: string;
  readonly heading: string;
  readonly set?: (stub: StubDashboard) => void;
  /** What to wait for, and to do, before it is looked at. */
  readonly ready: (page: Page, stub: StubDashboard) => Promise<unknown>;
}

const text =
  (shown: string) =>
  (page: Page): Promise<void> =>
    page.getByText(shown).first().waitFor();

const LOOKS: readonly Look[] = [
  { name: 'tubes', place: '#/tubes', heading: 'Tubes', ready: text('about 1,284') },
  {
    name: 'tubes-copies',
    place: '#/tubes?copies=1',
    heading: 'Tubes',
    set: (stub) => stub.show('tubes', () => ({ ...tubes(), tubes: tubes().tubes.map(withSilentNode) })),
    ready: text('its copies are not known'),
  },
  {
    name: 'tube',
    place: '#/tubes/orders',
    heading: 'orders',
    ready: async (page) => {
      await page.locator('canvas').nth(2).waitFor();
      await page.getByText('As a table').first().click();
      await page.getByRole('region', { name: 'Attempts, in steps of 1 min, as a table' }).waitFor();
    },
  },
  { name: 'tube-paused', place: '#/tubes/mails', heading: 'mails', ready: text('the mail provider is down') },
  { name: 'dead', place: '#/dead', heading: 'Dead letters', ready: text('about 4') },
  {
    name: 'dead-letters',
    place: '#/dead/orders',
    heading: 'Dead letters of orders',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Read dead letters' }).click();
      await page.getByText('Payload').first().click();
    },
  },
  { name: 'schedules', place: '#/schedules', heading: 'Schedules', ready: text('every day at 02:30') },
  { name: 'keys', place: '#/keys?tube=orders&key=order:48211', heading: 'Keys', ready: text('order-48211') },
  {
    name: 'job',
    place: '#/job?handle=10.0.0.1:11300/mails/77,10.0.0.2:11300/mails/81',
    heading: 'Job',
    ready: text('Why it has not run'),
  },
  { name: 'nodes', place: '#/nodes', heading: 'Nodes and Redis', ready: text(NODES[2]) },
  {
    name: 'live',
    place: '#/live',
    heading: 'Live',
    ready: async (page, stub) => {
      await page.getByText('following', { exact: true }).waitFor();
      stub.tell(live(1));
      stub.tell(live(2, { level: 'warn', type: 'failed', text: 'order-2 failed: the payment service answered 503' }));
      await page.getByText('order-2 failed').waitFor();
    },
  },
  {
    name: 'pause-dialog',
    place: '#/tubes/orders',
    heading: 'orders',
    ready: (page) => page.getByRole('button', { name: 'Pause …' }).click(),
  },
];

const LIGHTS = [
  ['light', 1600],
  ['light', 1200],
  ['dark', 400],
] as const;

describePage('a view', () => {
  const bed = stubBed();

  it.each(LOOKS)('$name is readable on 400, 1200 and 1600 pixels, in light and dark', async (look) => {
    look.set?.(bed.stub);
    const page = await bed.open(look.place);
    await page.getByRole('heading', { level: 1, name: look.heading, includeHidden: true }).waitFor();
    await look.ready(page, bed.stub);
    for (const [colorScheme, width] of LIGHTS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await expectNoSideways(page);
      if (width !== 1600) await expectAccessible(page);
      await photograph(page, `${look.name}-${width}-${colorScheme}`);
    }
  });

  it('keeps the buttons of its forms in their line, however long the name of a tube is', async () => {
    const name = `orders-of-the-shop-${'x'.repeat(60)}`;
    bed.stub.show('meta', () => ({ ...meta, tubes: [{ ...meta.tubes[0], name }] }));
    const page = await bed.open('#/job', { viewport: { width: 1_200, height: 800 } });
    await page.getByRole('combobox', { name: 'Tube' }).waitFor();
    const bottoms = await page.evaluate<number[]>(
      "[...document.querySelectorAll('form.look')[1].querySelectorAll('select, input, button')].map((part) => Math.round(part.getBoundingClientRect().bottom))",
    );
    expect(new Set(bottoms).size).toBe(1);
  });

  it('keeps what is said of copies within a phone, however wide their table is', async () => {
    const page = await bed.open('#/tubes/orders', { viewport: { width: 390, height: 800 } });
    await page.getByText('Copies on each node').waitFor();
    const beyond = await page.evaluate<number>(
      "document.querySelector('.scroll caption').getBoundingClientRect().right - document.querySelector('.scroll').getBoundingClientRect().right",
    );
    expect(beyond).toBeLessThanOrEqual(0);
  });

  it('has room for the last time below a chart', async () => {
    const page = await bed.open('#/tubes/orders');
    await page.locator('canvas').nth(2).waitFor();
    const rooms = await page.evaluate<number[]>(
      "[...document.querySelectorAll('.plot')].map((plot) => plot.getBoundingClientRect().right - plot.querySelector('.u-over').getBoundingClientRect().right)",
    );
    const half = await page.evaluate<number>(
      "(() => { const pen = document.createElement('canvas').getContext('2d'); pen.font = '12px system-ui, sans-serif'; return pen.measureText('00:00:00').width / 2; })()",
    );
    expect(rooms).toHaveLength(3);
    expect(Math.min(...rooms)).toBeGreaterThanOrEqual(half);
  });

  it('leaves an id of this package in one line, beside long errors', async () => {
    const id = 'WoPXquK5hiMiQ6sWNsocyA';
    const error = 'the mail bounced: nobody has the address '.repeat(4);
    const entries = history().entries.map((entry) => Object.assign(entry, { id, consumer: id, error }));
    bed.stub.show('tubes/orders/history', () => ({ ...history(), entries }));
    const page = await bed.open('#/tubes/orders', { viewport: { width: 1_280, height: 800 } });
    await page.getByText(id).first().waitFor();
    const lines = await page.evaluate<number[]>(
      "[...document.querySelectorAll('td bdi')].filter((one) => one.textContent.length === 22).map((one) => one.getClientRects().length)",
    );
    expect(lines).toEqual(entries.flatMap(() => [1, 1]));
    await expectNoSideways(page);
  });

  it('keeps the colours that were chosen, over a reload', async () => {
    const ground = (page: Page): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const page = await bed.open('#/tubes');
    const light = await ground(page);
    await page.getByLabel('Colours').selectOption('Dark');
    const dark = await ground(page);
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground(page)).toBe(dark);
    await page.getByLabel('Colours').selectOption('System colours');
    expect(await ground(page)).toBe(light);
  });

  it('takes colours where the browser refuses storage', async () => {
    const refuse =
      "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused', 'SecurityError'); } })";
    const page = await bed.open('#/tubes', { prepare: (fresh) => fresh.addInitScript(refuse) });
    await page.getByLabel('Colours').selectOption('Dark');
    await page.getByText('about 1,284').waitFor();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });

  it('moves nothing for those who ask for it', async () => {
    const page = await bed.open('#/tubes', { reducedMotion: 'reduce' });
    await page.getByText('about 1,284').waitFor();
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
