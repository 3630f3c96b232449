// How the dashboard is mounted, and what is refused.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { DqModule, DqOptionsError } from 'nestjs-dq';
import { DqDashboardModule, type DqDashboardOptions } from 'nestjs-dq/dashboard';
import { root } from '../../scripts/root.mjs';
import type { MetaView } from '../../lib/dashboard/wire.js';
import { embeddedDashboards } from './dashboard-bed.js';

const bed = embeddedDashboards();
const OPEN = { unguarded: true } as const;

describe('forRoot', () => {
  it.each<readonly [string, unknown, RegExp]>([
    ['no guards', {}, /to be given guards, got none/],
    ['an empty list of guards', { guards: [] }, /to be given guards, got none/],
    ['guards that are no list', { guards: String }, /guards to be a list/],
    ['a guard that is none', { guards: [7] }, /each of guards to be a class/],
    ['guards, and nobody guarded', { ...OPEN, guards: [String] }, /got both/],
    ['an odd unguarded', { unguarded: 1 }, /unguarded to be true or false/],
    ['an empty path', { ...OPEN, path: '/' }, /path to be a path/],
    ['a path with parameters', { ...OPEN, path: 'dq/:id' }, /path to be a path/],
    ['an odd readOnly', { ...OPEN, readOnly: 'yes' }, /readOnly to be/],
    ['odd payloads', { ...OPEN, payloads: 'yes' }, /payloads to be/],
    ['an empty title', { ...OPEN, title: '' }, /title to be/],
    ['no history', { ...OPEN, historyMinutes: 0 }, /historyMinutes to be a whole number from 1 to 360/],
    ['an odd actor', { ...OPEN, actor: 'ann' }, /actor to be a function/],
    ['a name that is not known', { ...OPEN, readonly: true }, /to have only .*readOnly/],
  ])('refuses %s by name', (_what, options, message) => {
    const mount = (): unknown => DqDashboardModule.forRoot(options as DqDashboardOptions);
    expect(mount).toThrow(DqOptionsError);
    expect(mount).toThrow(message);
  });

  it('may be there more than once, each with its own', async () => {
    const app = await bed.open({
      dashboard: { ...OPEN, title: 'One' },
      imports: [DqDashboardModule.forRoot({ ...OPEN, path: '/admin/other/', title: 'Other', readOnly: true })],
    });
    expect(await app.view<MetaView>('/dq/api/meta')).toMatchObject({ title: 'One', readOnly: false });
    expect(await app.view<MetaView>('/admin/other/api/meta')).toMatchObject({ title: 'Other', readOnly: true });
    expect((await app.get('/admin/other')).text).toContain('"./other/assets/');
  });
});

describe('forRootAsync', () => {
  it('takes what is shown from a factory, and who gets in beside it', async () => {
    const app = await bed.open({
      imports: [
        DqDashboardModule.forRootAsync({ ...OPEN, path: 'later', useFactory: async () => ({ title: 'Later' }) }),
      ],
    });
    expect((await app.view<MetaView>('/later/api/meta')).title).toBe('Later');
  });

  it('refuses wrong options when the application starts, and no guards at once', async () => {
    expect(() => DqDashboardModule.forRootAsync({ useFactory: () => ({}) })).toThrow(/to be given guards/);
    const wrong = DqDashboardModule.forRootAsync({ ...OPEN, useFactory: () => ({ title: 7 as never }) });
    const compiled = Test.createTestingModule({
      imports: [DqModule.forRoot({ embedded: true, logger: false }), wrong],
    }).compile();
    await expect(compiled).rejects.toThrow(/title to be/);
  });
});

describe('its controllers', () => {
  it('are not in a Swagger document, and are made anew by each call', () => {
    const [one = [], other = []] = [DqDashboardModule.forRoot(OPEN), DqDashboardModule.forRoot(OPEN)].map(
      ({ controllers }) => controllers,
    );
    expect(one).toHaveLength(2);
    for (const controller of one) {
      expect(Reflect.getMetadata('swagger/apiExcludeController', controller)).toEqual([true]);
      expect(other).not.toContain(controller);
    }
  });
});

/** All files that are loaded with one, of those that are published. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(root, 'dist', file), 'utf8');
  for (const [, other = ''] of text.matchAll(/^(?:import|export|\})[^'\n]*'(\.[^']+)'/gm))
    loadedBy(join(dirname(file), other), seen);
  return seen;
}

describe('an application', () => {
  it('that does not import the dashboard loads nothing of it, whatever else it imports', () => {
    for (const entry of ['index.js', 'cron/index.js', 'otel/index.js', 'health/index.js', 'testing/index.js']) {
      const files = [...loadedBy(entry)];
      expect(files.length).toBeGreaterThan(10);
      expect(files.filter((file) => file.startsWith('dashboard/'))).toEqual([]);
    }
  });

  it('that imports it loads neither recurring jobs nor the page, which is read when it is asked for', () => {
    const files = [...loadedBy('dashboard/index.js')];
    expect(files).toContain('dashboard/page-files.js');
    expect(files.filter((file) => /^(cron|dashboard\/page)\//.test(file))).toEqual([]);
  });
});
