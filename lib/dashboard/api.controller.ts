import { Controller, Get, Inject, Req, Res, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import type { ResolvedMount } from './dashboard-options.js';
import { Dashboard } from './dashboard.js';
import { hidden } from './hidden.js';
import type { Incoming } from './incoming.js';
import { keepContext } from './visitors.js';

/** Answers what the page asks: a class for each dashboard. */
export function apiController({ path, guards }: ResolvedMount): Type {
  @Controller({ path: `${path}/api`, version: VERSION_NEUTRAL })
  @UseGuards(...guards, keepContext)
  @hidden
  class DqDashboardApiController {
    readonly #dashboard: Dashboard;

    constructor(@Inject(Dashboard) dashboard: Dashboard) {
      this.#dashboard = dashboard;
    }

    @Get('meta')
    meta(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      const { answers, meta, visitors } = this.#dashboard;
      return answers.json(response, () => meta.show(visitors.isReadOnly(request)));
    }

    @Get('tubes')
    tubes(@Res() response: unknown): Promise<void> {
      const { answers, tubes } = this.#dashboard;
      return answers.json(response, () => tubes.show());
    }
  }
  return DqDashboardApiController;
}
