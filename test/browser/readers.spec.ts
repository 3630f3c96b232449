// What the page keeps from who may only read, and what it says of an action that was refused or not answered.
import { expect, it } from '@jest/globals';
import { describePage } from './browser-bed.js';
import { meta } from './canned-views.js';
import { stubBed } from './stub-bed.js';

const FAILED = /^Failed to load resource/;
const bed = stubBed();

describePage('who may only read', () => {
  it('has no button that changes anything', async () => {
    bed.stub.show('meta', () => ({ ...meta, readOnly: true }));
    const page = await bed.readDead();
    await page.getByText('read-only').waitFor();
    const changing = page.getByRole('button', { name: /retry|delete|pause|resume|run now|remove|move|cancel|revoke/i });
    const shown: Record<string, string> = {
      '#/dead/orders': 'about 4',
      '#/tubes/mails': 'the mail provider is down',
      '#/tubes/orders': 'about 1,284',
      '#/schedules': 'every day at 02:30',
      '#/keys?tube=orders&key=order:48211': 'order-48211',
      '#/job?handle=n1': 'Why it has not run',
    };
    expect(await changing.count()).toBe(0);
    for (const [place, text] of Object.entries(shown)) {
      await page.goto(`${bed.stub.url}${place}`);
      await page.getByText(text).first().waitFor();
      expect([place, await changing.count()]).toEqual([place, 0]);
    }
  });

  it('and acts all the same, as from an older page, is told that it is not allowed', async () => {
    bed.stub.fail('schedules/run', 403, { code: 'READ_ONLY', message: 'This dashboard is read-only.' });
    const page = await bed.open('#/schedules', { tolerated: FAILED });
    await page.getByRole('button', { name: 'Run now: stock-sync' }).click();
    await page.locator('.notice.bad').getByText('allows you to look, not to change').waitFor();
  });

  it('is not told that nothing was done when nobody answered', async () => {
    const page = await bed.open('#/schedules', { tolerated: FAILED });
    await page.getByRole('button', { name: 'Run now: stock-sync' }).waitFor();
    await bed.stub.stop();
    await page.getByRole('button', { name: 'Run now: stock-sync' }).click();
    await page.getByText('Whether it was done is not known').waitFor();
    await bed.stub.start();
    await page.getByText('The application does not answer').first().waitFor();
  });
});
