// What somebody else wrote is text wherever it is shown; and events as they happen.
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../support/wait.js';
import { describePage } from './browser-bed.js';
import { tubes } from './canned-tubes.js';
import { dead, letter, live, meta, schedules } from './canned-views.js';
import { stubBed } from './stub-bed.js';

const bed = stubBed();

describePage('what somebody else wrote', () => {
  const hostile = '<img src=x onerror="alert(1)"></pre></script><script>alert(2)</script>';
  const turned = 'safe\u202etxt.exe\u0000\u001b[31m\u200b';

  it('is text, wherever it stands', async () => {
    const text = `${hostile}${turned}`;
    bed.stub.show('tubes/orders/dead', () => ({
      ...dead(),
      letters: [
        letter(hostile, { reason: text, key: hostile, payload: { shown: true, text, bytes: 200, cut: false } }),
      ],
    }));
    const page = await bed.readDead();
    await page.locator('summary').click();
    const payload = page.locator('.payload');
    expect(await payload.textContent()).toBe(`${hostile}safe\\u202etxt.exe\\u0000\\u001b[31m\\u200b`);
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.locator('.reason').textContent()).toContain('\\u202e');
  });

  it('is text in each view, in messages and in questions', async () => {
    const [row] = tubes().tubes;
    bed.stub.show('meta', () => ({
      ...meta,
      title: hostile,
      process: hostile,
      tubes: [{ ...meta.tubes[0], name: hostile, history: false }],
    }));
    bed.stub.show('tubes', () => ({
      at: Date.now(),
      tubes: [{ ...row, name: hostile, pause: { state: 'paused', since: Date.now(), until: null, reason: hostile } }],
    }));
    bed.stub.show('schedules', () => ({
      ...schedules(),
      schedules: [{ ...schedules().schedules[0], name: hostile, rhythm: hostile, pattern: hostile, timeZone: hostile }],
    }));
    bed.stub.show('schedules/run', () => ({ done: true, text: hostile }));
    const page = await bed.open('#/tubes');
    const link = page.getByRole('rowheader').getByRole('link');
    expect(await link.textContent()).toBe(hostile);
    await link.click();
    await page.getByText('Reason:').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(hostile);
    await page.goto(`${bed.stub.url}#/schedules`);
    await page.getByRole('button', { name: /^Run now/ }).click();
    await page.locator('.notice').getByText(hostile).waitFor();
    await page.getByRole('button', { name: /^Remove/ }).click();
    await page.getByRole('dialog').getByText(hostile).waitFor();
    await page.keyboard.press('Escape');
    await page.goto(`${bed.stub.url}#/live`);
    await page.getByText('following', { exact: true }).waitFor();
    bed.stub.tell(live(1, { text: hostile, id: hostile, type: hostile }));
    await page.getByRole('listitem').getByText(hostile).first().waitFor();
    expect(await page.locator('main img, main script, header img, footer img').count()).toBe(0);
  });

  it('says that it is cut', async () => {
    const text = 'x'.repeat(65_536);
    const payload = { shown: true, text, bytes: 1_048_576, cut: true } as const;
    bed.stub.show('tubes/orders/dead', () => ({ ...dead(), letters: [letter('big', { payload })] }));
    const page = await bed.readDead({ viewport: { width: 400, height: 800 } });
    await page.locator('summary').click();
    await page.getByText('Cut: this is the beginning of 1 MiB.').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('is not there where payloads are not shown', async () => {
    bed.stub.show('tubes/orders/dead', () => ({ ...dead(), letters: [letter('a', { payload: { shown: false } })] }));
    const page = await bed.readDead();
    await page.locator('summary').click();
    await page.getByText('Bodies are not shown').waitFor();
  });
});

describePage('live events', () => {
  it('come as they happen, once each, can be held still, and are bounded', async () => {
    const page = await bed.open('#/live');
    await page.getByText('following', { exact: true }).waitFor();
    const lines = page.getByRole('list', { name: /^Events/ }).getByRole('listitem');
    bed.stub.tell(live(1, { handle: 'n1/orders/7,order-1' }));
    await page.getByText('order-1 completed').waitFor();
    const link = lines.getByRole('link', { name: 'job order-1' });
    expect(await link.getAttribute('href')).toBe('#/job?handle=n1%2Forders%2F7%2Corder-1');
    await page.getByRole('button', { name: 'Hold still' }).click();
    bed.stub.tell(live(2));
    bed.stub.tell(live(3));
    await page.getByText('2 newer events').waitFor();
    expect(await lines.count()).toBe(1);
    await page.getByRole('button', { name: 'Hold still' }).click();
    await page.getByText('order-3 completed').waitFor();
    for (let seq = 4; seq <= 600; seq++) bed.stub.tell(live(seq));
    await page.getByText('order-600 completed').waitFor();
    expect(await lines.count()).toBe(500);
    bed.stub.tell(live(599));
    bed.stub.tell(live(601, { level: 'error', text: 'the store is away', tube: null, id: null }));
    await page.getByText('the store is away').waitFor();
    expect(await page.getByText('order-599 completed').count()).toBe(1);
    await page.getByLabel('Level').selectOption('errors');
    expect(await lines.count()).toBe(1);
  });

  it('go on by themselves when the application was away', async () => {
    const page = await bed.open('#/live', { tolerated: /^Failed to load resource/, clock: true });
    await page.getByText('following', { exact: true }).waitFor();
    await bed.stub.stop();
    await page.getByText('The application does not answer').waitFor();
    await bed.stub.start();
    await page.clock.runFor(2_100);
    await page.getByText('following', { exact: true }).waitFor();
    bed.stub.tell(live(1));
    await page.getByText('order-1 completed').waitFor();
  });

  it('go on by themselves behind an application that refused them while it closed', async () => {
    const refuse = (page: Page): Promise<unknown> =>
      page.route('**/api/live', (route) => route.fulfill({ status: 503, body: '{"code":"CLOSING"}' }));
    const page = await bed.open('#/live', { tolerated: /^Failed to load resource/, clock: true, prepare: refuse });
    await page.getByText('refused').waitFor();
    await page.unrouteAll();
    await page.clock.runFor(5_100);
    await page.getByText('following', { exact: true }).waitFor();
    bed.stub.tell(live(1));
    await page.getByText('order-1 completed').waitFor();
  });

  it('are let go of with the view', async () => {
    const page = await bed.open('#/live');
    await page.getByText('following', { exact: true }).waitFor();
    expect(bed.stub.listeners).toBe(1);
    await page.getByRole('link', { name: 'Nodes' }).click();
    await until(() => bed.stub.listeners === 0);
  });
});
