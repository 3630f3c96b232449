// What a reader can do, what is asked before, and what is said after it.
import { expect, it } from '@jest/globals';
import { until } from '../support/wait.js';
import { describePage } from './browser-bed.js';
import { NODES } from './canned-tubes.js';
import { job, key, meta } from './canned-views.js';
import { stubBed } from './stub-bed.js';
import type { Asked } from './stub-dashboard.js';

const FAILED = /^Failed to load resource/;
const bed = stubBed();

function acts(): readonly Asked[] {
  return bed.stub.asked.filter(({ method }) => method === 'POST');
}

/** Answers an action, and tells what was asked for. */
async function acted(path: string): Promise<Asked> {
  return until(() => acts().find((asked) => asked.path === path), { what: path });
}

function answer(path: string, text: string, done = true): void {
  bed.stub.show(path, () => ({ done, text }));
}

describePage('a dead letter', () => {
  it('is retried with the keyboard alone, and what came of it is said in its place', async () => {
    answer('tubes/orders/dead/retry', 'order-48099 runs again.');
    const page = await bed.open('#/dead/orders');
    const tabTo = async (name: string): Promise<void> => {
      for (let tabs = 0; tabs < 60; tabs++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(
          "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
        );
        if (String(focused).trim() === name) return;
      }
      throw new Error(`expected ${name} to be reached`);
    };
    await page.getByText('about 4').waitFor();
    await tabTo('Read dead letters');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('article').first().waitFor();
    await tabTo('Retry: order-48099');
    await page.keyboard.press('Enter');
    const { body, headers } = await acted('tubes/orders/dead/retry');
    expect(body).toEqual({ id: 'order-48099' });
    expect([headers['content-type'], headers['x-dq-dashboard']]).toEqual(['application/json', '1']);
    await page.getByRole('article', { name: 'order-48099' }).getByText('order-48099 runs again.').waitFor();
    await page.getByRole('status').getByText('order-48099 runs again.').waitFor();
    expect(await page.getByRole('article').count()).toBe(4);
  });

  it('is deleted after a question, which Escape leaves', async () => {
    answer('tubes/orders/dead/delete', 'order-47110 is deleted.');
    const page = await bed.readDead();
    const button = page.getByRole('button', { name: 'Delete …: order-47110' });
    await button.click();
    await page.getByRole('dialog', { name: 'Delete this dead letter' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(acts()).toEqual([]);
    await until(
      async () =>
        (await page.evaluate("document.activeElement.getAttribute('aria-label')")) === 'Delete …: order-47110',
    );
    await button.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    expect((await acted('tubes/orders/dead/delete')).body).toEqual({ id: 'order-47110' });
    await page.getByRole('article', { name: 'order-47110' }).getByText('order-47110 is deleted.').waitFor();
  });

  it('that may have run is marked, and asks before it runs again; one that is no job of this package has no buttons', async () => {
    const page = await bed.readDead();
    const foreign = page.getByRole('article', { name: 'Not a job of this package' });
    expect([await foreign.count(), await foreign.getByRole('button').count()]).toEqual([1, 0]);
    const article = page.getByRole('article', { name: 'order-12' });
    await article.getByText('may have run', { exact: true }).waitFor();
    await article.getByRole('button', { name: /^Retry/ }).click();
    await page.getByRole('dialog', { name: 'Retry a job that may have run' }).waitFor();
    expect(acts()).toEqual([]);
  });

  it('that was retried is folded, and not counted as one that is left; read again, it can be retried again', async () => {
    answer('tubes/orders/dead/retry', 'order-48099 runs again.');
    const page = await bed.readDead();
    const article = page.getByRole('article', { name: 'order-48099' });
    const retry = article.getByRole('button', { name: 'Retry: order-48099' });
    await page.getByRole('heading', { name: '4 dead letters', exact: true }).waitFor();
    await retry.click();
    await article.getByText('retried', { exact: true }).waitFor();
    expect(await retry.count()).toBe(0);
    expect(await article.getByText('the payment service answered').count()).toBe(0);
    await page.getByRole('heading', { name: '3 dead letters; 1 retried or deleted since they were read' }).waitFor();
    await page.getByRole('button', { name: 'Read again' }).click();
    await retry.waitFor();
  });

  it('that is done is no message for ever; what was not done is', async () => {
    answer('tubes/orders/dead/retry', 'order-48099 runs again.');
    const page = await bed.readDead({ clock: true });
    await page.getByRole('button', { name: 'Retry: order-48099' }).click();
    await page.locator('.notice.good').waitFor();
    answer('tubes/orders/dead/retry', 'There was no such dead letter.', false);
    await page.getByRole('button', { name: 'Retry: order-47110' }).click();
    await page.locator('.notice.warn').waitFor();
    await page.clock.runFor(8_100);
    await page.locator('.notice.good').waitFor({ state: 'detached' });
    expect(await page.locator('.notice.warn').count()).toBe(1);
  });

  it('that was gone already is not said to be done', async () => {
    answer('tubes/orders/dead/retry', 'There was no such dead letter.', false);
    const page = await bed.readDead();
    await page.getByRole('button', { name: 'Retry: order-48099' }).click();
    await page.locator('.notice.warn').getByText('There was no such dead letter.').waitFor();
  });

  it.each([
    ['Retry all', 'retry', 'Those that may have run before are left out'],
    ['Delete all', 'delete', 'with those that have not been read here, those that may have run before'],
  ])('%s asks for the name of the tube', async (label, what, told) => {
    answer(`tubes/orders/dead/${what}`, 'Three are done, one is left.');
    const page = await bed.readDead();
    await page.getByRole('button', { name: `${label} …` }).click();
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: label, exact: true });
    await dialog.getByText(told).waitFor();
    await dialog.getByRole('textbox').fill('order');
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('orders');
    await page.keyboard.press('Enter');
    expect((await acted(`tubes/orders/dead/${what}`)).body).toEqual({ all: true, confirm: 'orders' });
    await page.getByText('Three are done, one is left.').waitFor();
    await until(() => bed.count('tubes/orders/dead') === 2);
  });
});

describePage('a tube', () => {
  it('is paused with a reason and for a time, once its name is typed', async () => {
    answer('tubes/orders/pause', 'orders is paused for 10 min.');
    const page = await bed.open('#/tubes/orders');
    await page.getByRole('button', { name: 'Pause …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pause this tube' });
    await dialog.getByLabel('Reason').fill('the shop is closed');
    await dialog.getByLabel('For how long').fill('10m');
    await dialog.getByLabel('Type orders to confirm').fill('orders');
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    const { body } = await acted('tubes/orders/pause');
    expect(body).toEqual({ confirm: 'orders', reason: 'the shop is closed', for: '10m' });
    await page.getByText('orders is paused for 10 min.').waitFor();
    await dialog.waitFor({ state: 'detached' });
  });

  it('stays as it is when the application refuses, and the question stays with what it said', async () => {
    bed.stub.fail('tubes/orders/pause', 400, {
      code: 'DQ_OPTIONS',
      message: 'Expected for to be a duration, got "soon".',
    });
    const page = await bed.open('#/tubes/orders', { tolerated: FAILED });
    await page.getByRole('button', { name: 'Pause …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('For how long').fill('soon');
    await dialog.getByLabel('Type orders to confirm').fill('orders');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').getByText('Expected for to be a duration').waitFor();
    expect(await dialog.getByLabel('For how long').inputValue()).toBe('soon');
  });

  it('is resumed', async () => {
    answer('tubes/mails/resume', 'mails runs again.');
    const page = await bed.open('#/tubes/mails');
    await page.getByRole('button', { name: 'Resume' }).click();
    await acted('tubes/mails/resume');
    await page.getByText('mails runs again.').waitFor();
    await page.getByRole('button', { name: 'Put this message away' }).click();
    await page.getByText('mails runs again.').waitFor({ state: 'detached' });
  });
});

describePage('a schedule', () => {
  it.each([
    ['Run now: nightly-report', 'run'],
    ['Pause: nightly-report', 'pause'],
    ['Resume: stock-sync', 'resume'],
  ])('%s', async (label, what) => {
    answer(`schedules/${what}`, `It was asked to ${what}.`);
    const page = await bed.open('#/schedules');
    await page.getByRole('button', { name: label }).click();
    expect((await acted(`schedules/${what}`)).body).toEqual({ name: label.split(': ')[1] });
    await page.getByText(`It was asked to ${what}.`).waitFor();
  });

  it('shows its next five, what became of its last run, and the run that was asked for by hand', async () => {
    const page = await bed.open('#/schedules');
    const [nightly, stock] = ['nightly-report', 'stock-sync'].map((name) =>
      page.getByRole('row').filter({ hasText: name }),
    );
    const linksOf = (row = nightly) =>
      row
        ?.locator('td[data-label="Last run"] a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    await nightly?.getByText('dead', { exact: true }).waitFor();
    expect(await linksOf(nightly)).toEqual(['#/job?tube=reports&id=%7Enightly-report%7Ea%7E20261128T023000']);
    await stock?.getByText('by hand').waitFor();
    expect((await linksOf(stock))?.[1]).toBe(
      `#/job?handle=${encodeURIComponent(`${NODES[0]}/orders/99,`)}%7Estock-sync%7Eb%7Ex2`,
    );
    await page.getByText('then', { exact: true }).first().click();
    expect(await page.locator('.then li').count()).toBe(8);
    expect(await page.locator('.then').first().locator('time:visible').count()).toBe(4);
  });
});

describePage('a key', () => {
  it('is looked up, and its job is moved and cancelled', async () => {
    answer('key/move', 'It is due at another time.');
    answer('key/cancel', 'It is cancelled.');
    const page = await bed.open('#/keys');
    await page.getByLabel('Key').fill('order:48211');
    await page.getByLabel('Key').press('Enter');
    await page.getByRole('heading', { name: 'order-48211' }).waitFor();
    expect(page.url()).toContain('#/keys?tube=orders&key=order%3A48211');
    await page.getByRole('button', { name: 'Move …' }).click();
    await page.getByLabel('Due, in your time zone').fill('2030-01-02T03:04:05');
    await page.getByRole('dialog').getByRole('button', { name: 'Move', exact: true }).click();
    const { body } = await acted('key/move');
    expect(body).toEqual({ tube: 'orders', key: 'order:48211', at: Date.UTC(2030, 0, 2, 2, 4, 5) });
    await page.getByRole('button', { name: 'Cancel job …' }).click();
    bed.stub.show('key', () => ({ ...key(), job: null }));
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job', exact: true }).click();
    await acted('key/cancel');
    await page.getByText('No job stands under').waitFor();
    await page.getByText('There is no list of keys').waitFor();
  });
});

describePage('a job', () => {
  it('is looked up by its id, or its handle, which alone can be revoked', async () => {
    answer('job/revoke', 'It never runs.');
    const page = await bed.open('#/job');
    await page.getByLabel('Tube').selectOption('mails');
    await page.getByLabel('Id, as logs').fill('mail-9917');
    await page.getByLabel('Id, as logs').press('Enter');
    await page.getByRole('heading', { name: 'mail-9917' }).waitFor();
    expect(await page.getByRole('button', { name: 'Revoke …' }).count()).toBe(0);
    await page.getByLabel('Handle').fill(' n1/mails/7,n2/mails/9 ');
    await page.getByLabel('Handle').press('Enter');
    await page.getByRole('button', { name: 'Revoke …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    expect((await acted('job/revoke')).body).toEqual({ handle: 'n1/mails/7,n2/mails/9' });
    await page.getByText('It never runs.').first().waitFor();
  });
});

describePage('a job that is a dead letter', () => {
  const gone = () =>
    job({ tube: 'orders', id: 'order-48099', state: 'dead', why: ['It was given up after 5 attempts.'] });

  it('is retried or deleted where it is looked at, and not revoked', async () => {
    bed.stub.show('job', gone);
    answer('tubes/orders/dead/retry', 'order-48099 runs again.');
    answer('tubes/orders/dead/delete', 'order-48099 is deleted.');
    const page = await bed.open('#/job?handle=n1');
    await page.getByRole('heading', { name: 'Why it was given up' }).waitFor();
    expect(await page.getByRole('button', { name: 'Revoke …' }).count()).toBe(0);
    for (const label of ['Retry', 'Delete']) {
      await page.getByRole('button', { name: `${label} …` }).click();
      await page.getByRole('dialog').getByRole('button', { name: label, exact: true }).click();
      expect((await acted(`tubes/orders/dead/${label.toLowerCase()}`)).body).toEqual({ id: 'order-48099' });
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  it('has no button for who may only read', async () => {
    bed.stub.show('meta', () => ({ ...meta, readOnly: true }));
    bed.stub.show('job', gone);
    const page = await bed.open('#/job?handle=n1');
    await page.getByRole('heading', { name: 'Why it was given up' }).waitFor();
    expect(await page.getByRole('button', { name: /retry|delete|revoke/i }).count()).toBe(0);
  });
});
