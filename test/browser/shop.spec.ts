// The page of a real application on real servers: what a reader does is done, and why a job has not run can be found out by looking and clicking.
import { expect, it } from '@jest/globals';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { DqGiveUp, DqHandler } from 'nestjs-dq';
import { DqCron, DqCronModule } from 'nestjs-dq/cron';
import type { Page } from 'playwright-core';
import { dashboards, type DashboardSetup, type OpenDashboard } from '../dashboard/dashboard-bed.js';
import { until } from '../support/wait.js';
import { browserBed, describePage, expectAccessible, photograph } from './browser-bed.js';

const HOSTILE = '<img src=x onerror=alert(1)></script>\u202e';
const FAILED = /^Failed to load resource/;

class Orders {
  static isGood = false;

  @DqHandler('orders', { concurrency: 3 })
  run(): void {
    if (!Orders.isGood) throw new DqGiveUp(`the card was refused ${HOSTILE}`);
  }
}

class Reports {
  static runs = 0;

  @DqCron('30 2 * * *', { name: 'nightly' })
  report(): void {
    Reports.runs += 1;
  }
}

/** Lets in who has the header that a login would leave. */
class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-user'] === 'ada';
  }
}

describePage('the page of an application', () => {
  const browser = browserBed();
  const bed = dashboards();

  const open = (setup: DashboardSetup = {}): Promise<OpenDashboard> => {
    Orders.isGood = false;
    return bed.open({ providers: [Orders], queue: { tubes: [{ name: 'orders', history: { last: 100 } }] }, ...setup });
  };

  const typed = async (page: Page, word: string): Promise<void> => {
    await page.getByRole('dialog').getByLabel(/^Type/).fill(word);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };

  async function dead(app: OpenDashboard, id: string): Promise<string> {
    const handle = await app.producer('orders').delay({ of: HOSTILE }, 0, { id });
    await until(async () => (await app.inspector.counts('orders')).every((node) => node.dead > 0));
    return handle;
  }

  const done = (app: OpenDashboard, id: string): Promise<unknown> =>
    until(async () => (await app.inspector.status({ tube: 'orders', id })).state === 'done', {
      what: `${id} to be done`,
    });

  const drained = async (): Promise<void> => {
    await bed.servers.drained();
  };

  it('shows a dead letter as text, and lets it run again', async () => {
    const app = await open();
    await dead(app, 'order-1');
    const page = await browser.open(`${app.url}/dq`);
    await page.getByRole('link', { name: /Look/ }).click();
    await page.getByRole('button', { name: 'Read dead letters' }).click();
    const letter = page.getByRole('article', { name: 'order-1' });
    await letter.getByText('the card was refused <img src=x onerror=alert(1)>').waitFor();
    await letter.locator('summary').click();
    expect(await letter.locator('.payload').textContent()).toContain('<img src=x onerror=alert(1)></script>\\u202e');
    expect(await page.locator('main img').count()).toBe(0);
    await expectAccessible(page);
    await photograph(page, 'shop-dead-letter');
    Orders.isGood = true;
    await letter.getByRole('button', { name: 'Retry: order-1' }).click();
    await letter.getByText('Dead letter order-1 of tube orders is on its way again.').waitFor();
    await done(app, 'order-1');
    expect(app.events).toContainEqual(expect.objectContaining({ type: 'operator-action', what: 'retry dead letter' }));
    await drained();
  });

  it('deletes a dead letter, and all of them', async () => {
    const app = await open();
    await dead(app, 'order-1');
    const page = await browser.open(`${app.url}/dq#/dead/orders`);
    await page.getByRole('button', { name: 'Read dead letters' }).click();
    await page.getByRole('button', { name: 'Delete …: order-1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('article').getByText('Dead letter order-1 of tube orders is deleted.').waitFor();
    await drained();
    await dead(app, 'order-2');
    await page.getByRole('button', { name: 'Delete all …' }).click();
    await typed(page, 'orders');
    await page.getByText('1 dead letter(s) of tube orders are deleted.').waitFor();
    await drained();
  });

  it('says why a job has not run when its tube is paused, and pauses and resumes it', async () => {
    const app = await open();
    Orders.isGood = true;
    const page = await browser.open(`${app.url}/dq#/tubes/orders`);
    await page.getByRole('button', { name: 'Pause …' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('the bank is down');
    await typed(page, 'orders');
    await page.getByText('Paused since').waitFor();
    const handle = await app.producer('orders').delay({}, 0, { id: 'order-1' });
    await page.getByRole('link', { name: 'Look up a job' }).click();
    await page.getByLabel('Handle').fill(handle);
    await page.getByLabel('Handle').press('Enter');
    await page.getByText('Tube orders has been paused since').waitFor();
    await page.getByText('the bank is down').first().waitFor();
    await photograph(page, 'shop-why-paused');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'The tube', exact: true }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Tube orders is resumed').waitFor();
    await done(app, 'order-1');
    await page.getByText('1 completed, 0 failed').waitFor({ timeout: 25_000 });
    await drained();
  });

  it('says why a job has not run when nobody takes it, and revokes it', async () => {
    const app = await open({ providers: [] });
    const handle = await app.producer('orders').delay({}, 0, { id: 'order-1' });
    const page = await browser.open(`${app.url}/dq`);
    await page.getByText('orders has jobs, and no process takes them.').waitFor();
    await page.goto(`${app.url}/dq#/job?handle=${encodeURIComponent(handle)}`);
    await page.getByText('No process takes jobs of tube orders').waitFor();
    await photograph(page, 'shop-why-no-consumer');
    await page.getByRole('button', { name: 'Revoke …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('The job is revoked').first().waitFor();
    await page.getByRole('heading', { name: /revoked/ }).waitFor();
    await drained();
  });

  it('says why a job has not run when it is a dead letter, with its attempts', async () => {
    const app = await open();
    await dead(app, 'order-1');
    const page = await browser.open(`${app.url}/dq#/job?tube=orders&id=order-1`);
    await page.getByText('It was given up after 1 attempt, and is a dead letter').waitFor();
    await page.getByRole('heading', { name: 'Attempts' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'the card was refused' }).waitFor();
    await bed.servers.wipe();
  });

  it('says which node does not answer, and the counts of the others', async () => {
    const app = await open({ providers: [] });
    await app.producer('orders').delay({}, '1h', { key: 'order/1' });
    const page = await browser.open(`${app.url}/dq#/tubes`);
    const silent = bed.servers.cluster.node(0);
    await silent.pause();
    await page.getByText(`Node ${silent.endpoint} does not answer`).waitFor();
    await page.getByText('1 of 3 nodes silent').first().waitFor();
    await page.goto(`${app.url}/dq#/nodes`);
    await page.getByRole('row').filter({ hasText: 'does not answer' }).waitFor();
    await photograph(page, 'shop-node-away');
    silent.resume();
    await page.getByText('does not answer').waitFor({ state: 'detached' });
    await page.goto(`${app.url}/dq#/keys?tube=orders&key=order/1`);
    await page.getByRole('button', { name: 'Cancel job …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job', exact: true }).click();
    await page.getByText('No job stands under').waitFor();
    await drained();
  });

  it('runs a schedule now, pauses it, and shows what happens live', async () => {
    Reports.runs = 0;
    const app = await open({ providers: [Reports], imports: [DqCronModule.forRoot({ tube: 'crons' })] });
    const live = await browser.open(`${app.url}/dq#/live`);
    await live.getByText('following', { exact: true }).waitFor();
    const page = await browser.open(`${app.url}/dq#/schedules`);
    await page.getByRole('button', { name: 'Run now: nightly' }).click();
    await page.getByText('Schedule nightly runs once more, now.').waitFor();
    await until(() => Reports.runs === 1);
    await live.getByText(/of tube crons completed with attempt 1/).waitFor();
    await page.getByRole('button', { name: 'Pause: nightly' }).click();
    await page.getByRole('button', { name: 'Resume: nightly' }).waitFor();
    await page.getByText('at 02:30').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Remove …: nightly' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Schedule nightly is removed.').waitFor();
    await bed.servers.wipe();
  });

  it('is shown to nobody whom its guards do not let in, with what it loads', async () => {
    const app = await open({ dashboard: { guards: [SignedIn], readOnly: true }, providers: [SignedIn] });
    const out = await browser.open(`${app.url}/dq`, { tolerated: FAILED });
    expect(await out.locator('body').textContent()).toContain('Forbidden');
    const page = await browser.open(`${app.url}/dq`, { tolerated: FAILED, extraHTTPHeaders: { 'x-user': 'ada' } });
    await page.getByText('read-only').waitFor();
    await page.goto(`${app.url}/dq#/tubes/orders`);
    await page.getByText('Copies on each node').waitFor();
    expect(await page.getByRole('button', { name: /pause|resume/i }).count()).toBe(0);
    const status = await page
      .evaluate<number>(
        `fetch('dq/api/tubes/orders/resume', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'x-dq-dashboard': '1' } })
         .then(({ status }) => status)`,
      )
      .catch((error: unknown) => error);
    expect(status).toBe(403);
  });
});
