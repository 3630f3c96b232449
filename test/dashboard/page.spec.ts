// The page and its files, as a browser gets them.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { VersioningType } from '@nestjs/common';
import { embeddedDashboards, PLATFORMS } from './dashboard-bed.js';

const bed = embeddedDashboards();
const PLACES: readonly (readonly [string, string, (nest: INestApplication) => void])[] = [
  ['at its path', '/dq', () => {}],
  ['below a global prefix', '/admin/api/dq', (nest) => void nest.setGlobalPrefix('admin/api')],
  [
    'where addresses have versions',
    '/dq',
    (nest) => void nest.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
  ],
  [
    'where a header asks for a version, which no browser sends',
    '/dq',
    (nest) => void nest.enableVersioning({ type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' }),
  ],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each(PLACES)('the page is there %s, and all that it loads', async (_where, path, prepare) => {
    const app = await bed.open({ platform, prepare });
    const page = await app.get(path);
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const loaded = Array.from(
      page.text.matchAll(/(?:src|href)="([^"]+)"|"(\.\/[^"]+\.js)"/g),
      ([, own, mapped]) => own ?? mapped,
    );
    expect(loaded.length).toBeGreaterThan(3);
    for (const address of loaded) {
      const url = new URL(address ?? '', `${app.url}${path}`);
      const file = await app.get(url.pathname);
      expect([url.pathname, file.status]).toEqual([url.pathname, 200]);
      expect(file.headers['cache-control']).toBe('private, max-age=31536000, immutable');
      expect(file.headers['content-type']).toMatch(/^(text\/(css|javascript)|image\/svg\+xml)/);
      expect(file.headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await app.get(`${path}/api/tubes`)).status).toBe(200);
  });

  it('the page allows no inline script but its import map', async () => {
    const app = await bed.open({ platform });
    const { text, headers } = await app.get('/dq');
    const inline = Array.from(
      text.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g),
      ([, script = '']) => script,
    );
    expect(inline).toHaveLength(1);
    const hash = createHash('sha256')
      .update(inline[0] ?? '')
      .digest('base64');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; connect-src 'self'; img-src 'self' data:; ` +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    expect(text).not.toMatch(/\bon\w+=|javascript:|<style/i);
    expect([headers['referrer-policy'], headers['cache-control']]).toEqual(['no-referrer', 'no-store']);
  });

  it.each(['/dq/assets/0/main.js', '/dq/assets/HASH/nothing.js', '/dq/assets/HASH/..%2f..%2fpackage.json'])(
    'there is nothing at %s',
    async (path) => {
      const app = await bed.open({ platform });
      const hash = /assets\/(\w+)\//.exec((await app.get('/dq')).text)?.[1] ?? '';
      const { status, headers } = await app.get(path.replace('HASH', hash));
      expect(status).toBe(404);
      expect(headers['cache-control']).not.toContain('immutable');
    },
  );
});

describe('a page that is asked for with a slash at its end', () => {
  it('has the same files', async () => {
    const app = await bed.open();
    const { text } = await app.get('/dq/');
    expect(text).toContain('"./assets/');
    const [, address = ''] = /src="([^"]+)"/.exec(text) ?? [];
    expect((await app.get(new URL(address, `${app.url}/dq/`).pathname)).status).toBe(200);
  });
});
