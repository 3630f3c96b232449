// How the page asks, and how its places are found again.
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../support/wait.js';
import { describePage } from './browser-bed.js';
import { nodes, NODES, tube } from './canned-tubes.js';
import { stubBed } from './stub-bed.js';

/** A browser says of each answer that is no success that a resource failed to load. */
const FAILED = /^Failed to load resource/;
const bed = stubBed();

async function setVisible(page: Page, state: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
     document.dispatchEvent(new Event('visibilitychange'))`,
  );
}

describePage('the page asks', () => {
  it('for one view at a time, again and again while it is seen, and not while it is hidden', async () => {
    const page = await bed.open('#/tubes/orders', { clock: true });
    await page.getByText('Time in the handler').waitFor();
    await bed.readAgain(page, ['tubes', 'meters'], 3);
    expect(bed.stub.mostAtOnce).toBe(1);
    await setVisible(page, 'hidden');
    await page.clock.runFor(2_100);
    const before = bed.stub.asked.length;
    await page.clock.runFor(60_000);
    expect(bed.stub.asked.length).toBe(before);
    const asked = bed.count('tubes');
    await setVisible(page, 'visible');
    await until(() => bed.count('tubes') > asked);
  });

  it('for dead letters only when it is told to', async () => {
    const page = await bed.open('#/dead/orders', { clock: true });
    await page.getByText('about 4').waitFor();
    await page.clock.runFor(60_000);
    expect(bed.count('tubes/orders/dead')).toBe(0);
    await page.getByRole('button', { name: 'Read dead letters' }).click();
    await page.getByRole('article').first().waitFor();
    await page.clock.runFor(60_000);
    expect(bed.count('tubes/orders/dead')).toBe(1);
  });

  it('says at its top that the application is away, and goes on by itself when it is back', async () => {
    const page = await bed.open('#/nodes', { tolerated: FAILED, clock: true });
    await page.getByText(NODES[1]).waitFor();
    await bed.stub.stop();
    await page.clock.runFor(2_100);
    await page.getByText('The application does not answer').waitFor();
    expect(await page.getByText(NODES[1]).count()).toBe(1);
    bed.stub.show('nodes', () => ({ ...nodes(), nodes: [{ ...nodes().nodes[0], node: 'a-new-node:11300' }] }));
    await bed.stub.start();
    await page.clock.runFor(2_100);
    await page.getByText('a-new-node:11300').waitFor();
    await page.getByText('The application does not answer').waitFor({ state: 'detached' });
  });

  it('works whether its address ends with a slash or not', async () => {
    const page = await bed.open('/#/tubes');
    await page.getByText('about 1,284').waitFor();
    await page.goto(`${bed.stub.url}#/nodes`);
    await page.getByText(NODES[1]).waitFor();
  });
});

describePage('200 tubes', () => {
  it('are all there, and keep their place and what is typed while they are read again', async () => {
    const many = Array.from({ length: 200 }, (_, at) => tube(`tube-${at}`, [at, 0, 0, 0]));
    bed.stub.show('tubes', () => ({ at: Date.now(), tubes: many }));
    const page = await bed.open('#/tubes', { clock: true });
    await page.getByRole('link', { name: 'tube-199', exact: true }).scrollIntoViewIfNeeded();
    const place = await page.evaluate('scrollY');
    await bed.readAgain(page, ['tubes'], 2);
    expect(await page.evaluate('scrollY')).toBe(place);
    const find = page.getByRole('searchbox', { name: 'Find' });
    await find.fill('tube-19');
    expect(await page.getByRole('rowheader').count()).toBe(11);
    await bed.readAgain(page, ['tubes'], 2);
    expect(await page.evaluate('document.activeElement.type')).toBe('search');
    expect(await find.inputValue()).toBe('tube-19');
    expect(await page.getByRole('rowheader').count()).toBe(11);
  });
});

describePage('a place', () => {
  it('is kept by reload and by back, names the window, and is read from its heading on', async () => {
    const page = await bed.open('#/tubes');
    await page.getByRole('link', { name: 'orders', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor();
    expect(await page.title()).toBe('orders · Tubes · Shop, production');
    await until(() => page.evaluate("document.activeElement.tagName === 'H1'"));
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Tubes' }).waitFor();
    await page.getByLabel('Copies on each node').check();
    await page.getByRole('region', { name: 'Copies of orders' }).waitFor();
    await page.reload();
    await page.getByRole('region', { name: 'Copies of orders' }).waitFor();
  });

  it('has a link over all links to its content', async () => {
    const page = await bed.open('#/tubes');
    await page.getByText('about 1,284').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it('names the zone of its times, and has each to the millisecond', async () => {
    const page = await bed.open('#/job?handle=n1');
    await page.getByText(/All times are in Europe\/Berlin \(GMT\+[12]\)/).waitFor();
    await page.getByText('11 min ago').first().waitFor();
    const why = page.locator('.why');
    expect(await why.locator('li').first().innerText()).toMatch(
      /^Tube mails has been paused since .*\d\d:\d\d.*, 1[12] min ago, until .*\d\d:\d\d.*, in 1[78] min \(the mail provider is down\)/,
    );
    expect(await why.innerText()).not.toMatch(/UTC|Z\b/);
    const time = page.locator('dl time').first();
    expect(await time.getAttribute('title')).toMatch(/^\w{3}, \d+ \w+ \d{4}, \d\d:\d\d:\d\d\.\d{3} CE/);
    expect(await time.getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });
});
