import { declaredHandle } from '../core/inspector/declared-handle.js';
import type { DqRuntime } from '../core/runtime.js';
import type { ActionBody } from './action-body.js';
import { failureOf } from './failure.js';
import type { SchedulesViews } from './schedules-view.js';
import { sentence } from './sentence.js';
import type { ActionView } from './wire-actions.js';

/** An action, as the log and `onEvent` tell of it. Never a payload. */
interface Deed {
  readonly what: string;
  readonly tube: string | undefined;
  readonly subject: string | undefined;
  readonly by: string | undefined;
}

export type ScheduleDeed = 'pause' | 'resume' | 'run' | 'remove';
const AWAY = 503;

/** What an operator may do. Each that was begun is told, also when a server did not answer: it may have been done. */
export class Actions {
  readonly #runtime: DqRuntime;
  readonly #schedules: SchedulesViews;

  constructor(runtime: DqRuntime, schedules: SchedulesViews) {
    this.#runtime = runtime;
    this.#schedules = schedules;
  }

  pause(name: string, body: ActionBody, by: string | undefined): Promise<ActionView> {
    const tube = this.#tube(name);
    body.confirms(tube);
    const reason = body.textOrNone('reason') || undefined;
    const length = body.textOrNone('for') || undefined;
    return this.#tell({ what: 'pause', tube, subject: undefined, by }, async () => {
      const { until } = await this.#runtime.inspector.pause(tube, { reason, for: length as '1s' | undefined });
      const how = until === undefined ? 'until it is resumed' : sentence`until ${until}`;
      return { done: true, text: sentence`Tube ${tube} is paused ${how}: no attempt of it starts anywhere.` };
    });
  }

  resume(name: string, by: string | undefined): Promise<ActionView> {
    const tube = this.#tube(name);
    return this.#tell({ what: 'resume', tube, subject: undefined, by }, async () =>
      (await this.#runtime.inspector.resume(tube))
        ? { done: true, text: `Tube ${tube} is resumed: consumers see it within a second.` }
        : { done: false, text: `Tube ${tube} was not paused.` },
    );
  }

  /** One dead letter, or all of the tube. */
  dead(how: 'retry' | 'delete', name: string, body: ActionBody, by: string | undefined): Promise<ActionView> {
    const tube = this.#tube(name);
    const { inspector } = this.#runtime;
    const past = how === 'retry' ? 'is on its way again' : 'is deleted';
    if (!body.isTrue('all')) {
      const id = body.text('id');
      return this.#tell({ what: `${how} dead letter`, tube, subject: id, by }, async () =>
        (await inspector[how](tube, id))
          ? { done: true, text: `Dead letter ${id} of tube ${tube} ${past}.` }
          : {
              done: false,
              text: `No dead letter ${id} of tube ${tube} was found: it is gone, or somebody looks at it. Load them anew.`,
            },
      );
    }
    body.confirms(tube);
    return this.#tell({ what: `${how} all dead letters`, tube, subject: undefined, by }, async () => {
      const count = await (how === 'retry' ? inspector.retryAll(tube) : inspector.deleteAll(tube));
      const text = `${count} dead letter(s) of tube ${tube} ${how === 'retry' ? 'are on their way again' : 'are deleted'}.`;
      return { done: count > 0, text };
    });
  }

  async schedule(how: ScheduleDeed, body: ActionBody, by: string | undefined): Promise<ActionView> {
    const { cron } = this.#schedules;
    const name = body.text('name');
    return this.#tell({ what: `${how} schedule`, tube: undefined, subject: name, by }, async () =>
      (await (how === 'run' ? this.#schedules.runNow(name) : cron.scheduler[how](name)))
        ? { done: true, text: SCHEDULE_TEXTS[how](name) }
        : { done: false, text: `There is no schedule ${name}.` },
    );
  }

  cancelKey(body: ActionBody, by: string | undefined): Promise<ActionView> {
    const { tube, key, producer } = this.#keyed(body);
    return this.#tell({ what: 'cancel key', tube, subject: key, by }, async () => {
      const outcome = await producer.cancel(key);
      const texts = {
        cancelled: `The job under ${key} of tube ${tube} is cancelled: it does not run.`,
        running: `The job under ${key} of tube ${tube} runs now: it is not tried again.`,
        none: `Nothing stands under ${key} of tube ${tube}.`,
      };
      return { done: outcome !== 'none', text: texts[outcome] };
    });
  }

  moveKey(body: ActionBody, by: string | undefined): Promise<ActionView> {
    const { tube, key, producer } = this.#keyed(body);
    const at = body.moment('at');
    return this.#tell({ what: 'move key', tube, subject: key, by }, async () => {
      const outcome = await producer.reschedule(key, { at });
      const texts = {
        rescheduled: sentence`The job under ${key} of tube ${tube} runs at ${new Date(at)}.`,
        running: `The job under ${key} of tube ${tube} runs now: nothing was changed.`,
        none: `Nothing stands under ${key} of tube ${tube}.`,
      };
      return { done: outcome === 'rescheduled', text: texts[outcome] };
    });
  }

  revoke(body: ActionBody, by: string | undefined): Promise<ActionView> {
    const handle = body.text('handle').trim();
    const { parsed, tube } = declaredHandle(handle, this.#runtime.parts);
    return this.#tell({ what: 'revoke', tube: tube.name, subject: parsed.id, by }, async () => {
      const outcome = await this.#runtime.producer(tube.name).revoke(handle);
      const texts = {
        revoked: 'The job is revoked: it does not run.',
        running: 'A handler has the job now: nothing was changed.',
        done: 'The job is over: nothing was changed.',
        dead: 'The job is a dead letter: delete it there.',
      };
      return { done: outcome === 'revoked', text: texts[outcome] };
    });
  }

  #keyed(body: ActionBody): {
    readonly tube: string;
    readonly key: string;
    readonly producer: ReturnType<DqRuntime['producer']>;
  } {
    const tube = this.#tube(body.text('tube'));
    return { tube, key: body.text('key'), producer: this.#runtime.producer(tube) };
  }

  /** @throws DqHandlerError */
  #tube(name: string): string {
    return this.#runtime.requireTube(name, 'the dashboard').name;
  }

  async #tell(deed: Deed, act: () => Promise<ActionView>): Promise<ActionView> {
    const tell = (): void => this.#runtime.parts.report({ type: 'operator-action', ...deed });
    try {
      const view = await act();
      tell();
      return view;
    } catch (error) {
      if (failureOf(error)?.status === AWAY) tell();
      throw error;
    }
  }
}

const SCHEDULE_TEXTS: Readonly<Record<ScheduleDeed, (name: string) => string>> = {
  pause: (name) => `Schedule ${name} is paused: its times go by without a run.`,
  resume: (name) => `Schedule ${name} is resumed.`,
  run: (name) => `Schedule ${name} runs once more, now.`,
  remove: (name) => `Schedule ${name} is removed. One of @DqCron comes back at the next start of its application.`,
};
