import { Controller, Inject, Post, Req, Res, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ActionBody } from './action-body.js';
import type { Actions, ScheduleDeed } from './actions.js';
import type { ResolvedMount } from './dashboard-options.js';
import { Dashboard } from './dashboard.js';
import { Refusal } from './failure.js';
import { hidden } from './hidden.js';
import type { Incoming } from './incoming.js';
import { requireSameSite } from './same-site.js';
import { keepContext } from './visitors.js';

type Act = (actions: Actions, body: ActionBody, by: string | undefined) => unknown;

/** Does what an operator asks for: a class for each dashboard. */
export function actionsController({ path, guards }: ResolvedMount): Type {
  @Controller({ path: `${path}/api`, version: VERSION_NEUTRAL })
  @UseGuards(...guards, keepContext)
  @hidden
  class DqDashboardActionsController {
    readonly #dashboard: Dashboard;

    constructor(@Inject(Dashboard) dashboard: Dashboard) {
      this.#dashboard = dashboard;
    }

    @Post('tubes/:tube/pause')
    pause(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.pause(tubeOf(request), body, by));
    }

    @Post('tubes/:tube/resume')
    resume(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, _body, by) => actions.resume(tubeOf(request), by));
    }

    @Post('tubes/:tube/dead/retry')
    retry(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.dead('retry', tubeOf(request), body, by));
    }

    @Post('tubes/:tube/dead/delete')
    delete(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.dead('delete', tubeOf(request), body, by));
    }

    @Post('schedules/:how')
    schedule(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.schedule(scheduleDeedOf(request), body, by));
    }

    @Post('key/cancel')
    cancelKey(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.cancelKey(body, by));
    }

    @Post('key/move')
    moveKey(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.moveKey(body, by));
    }

    @Post('job/revoke')
    revoke(@Req() request: Incoming, @Res() response: unknown): Promise<void> {
      return this.#act(request, response, (actions, body, by) => actions.revoke(body, by));
    }

    #act(request: Incoming, response: unknown, act: Act): Promise<void> {
      const { answers, actions, visitors } = this.#dashboard;
      return answers.json(response, async () => {
        requireSameSite(request);
        if (visitors.isReadOnly(request))
          throw new Refusal(
            403,
            'READ_ONLY',
            'Expected somebody who may act on this dashboard, got somebody who may only look.',
          );
        const body = await ActionBody.of(request);
        try {
          return await act(actions, body, visitors.actor(request));
        } finally {
          this.#dashboard.forget();
        }
      });
    }
  }
  return DqDashboardActionsController;
}

function tubeOf({ params }: Incoming): string {
  return params['tube'] ?? '';
}

function scheduleDeedOf({ params }: Incoming): ScheduleDeed {
  const { how } = params;
  if (how === 'pause' || how === 'resume' || how === 'run' || how === 'remove') return how;
  throw new Refusal(404, 'NO_ACTION', 'Expected pause, resume, run or remove, got another word.');
}
