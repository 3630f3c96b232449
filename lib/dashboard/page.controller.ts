import { Get, Inject, Req, Res, type Type } from '@nestjs/common';
import type { ResolvedMount } from './dashboard-options.js';
import { Dashboard } from './dashboard.js';
import { Refusal } from './failure.js';
import { type Incoming, targetOf } from './incoming.js';
import { Mounted } from './mounted.js';

const FOREVER = 'private, max-age=31536000, immutable';
const SEGMENT = /^[\w.~%-]+$/;

/** Serves the page and its files: a class for each dashboard. */
export function pageController(mount: ResolvedMount): Type {
  @Mounted(mount)
  class DqDashboardPageController {
    readonly #dashboard: Dashboard;

    constructor(@Inject(Dashboard) dashboard: Dashboard) {
      this.#dashboard = dashboard;
    }

    @Get()
    page(@Req() request: Incoming, @Res() response: unknown): void {
      const { answers, files } = this.#dashboard;
      const { html: text, policy } = files.page(baseOf(targetOf(request).path, mount.path));
      answers.send(response, {
        type: 'text/html; charset=utf-8',
        text,
        headers: { 'Content-Security-Policy': policy },
      });
    }

    @Get(['assets/:hash/:file', 'assets/:hash/:folder/:file'])
    async asset(@Req() { params }: Incoming, @Res() response: unknown): Promise<void> {
      const { answers, files } = this.#dashboard;
      const name = [params['folder'], params['file']].filter((part) => part !== undefined).join('/');
      const file = params['hash'] === files.hash ? files.get(name) : undefined;
      if (file === undefined)
        answers.fail(
          response,
          new Refusal(404, 'NO_FILE', 'The page has no such file, or another release of it is here.'),
        );
      else answers.send(response, { ...file, headers: { 'Cache-Control': FOREVER } });
    }
  }
  return DqDashboardPageController;
}

/**
 * Below what the files and the API are, relative to the page: `dq/` for `/admin/dq`, empty for `/admin/dq/`. Relative, so that a proxy may put anything
 * in front of it.
 */
function baseOf(asked: string, path: string): string {
  const last = asked.split('/').at(-1) ?? '';
  if (last === '') return './';
  return `./${SEGMENT.test(last) ? last : path.split('/').at(-1)}/`;
}
