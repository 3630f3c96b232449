// The recipes of docs/guides/observability.md, compiled, and run by recipes-script.ts.
import { Injectable } from '@nestjs/common';
import { captureException } from '@sentry/core';
import { DqAgain, type DqJob, DqLayer, type DqLayerHost, type DqScheduleCall, type DqScheduleNext } from 'nestjs-dq';
import { ClsService } from 'nestjs-cls';
import { PinoLogger } from 'nestjs-pino';

@DqLayer()
@Injectable()
export class JobCls implements DqLayerHost {
  constructor(private readonly cls: ClsService) {}

  schedule(_call: DqScheduleCall, next: DqScheduleNext): Promise<string> {
    const tenant = this.cls.get<string | undefined>('tenant');
    return tenant === undefined ? next() : next({ headers: { tenant } });
  }

  job(job: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    return this.cls.run(() => {
      this.cls.set('tenant', job.headers.tenant);
      return next();
    });
  }
}

@DqLayer()
@Injectable()
export class JobLog implements DqLayerHost {
  constructor(private readonly logger: PinoLogger) {}

  job({ tube, id, attempt }: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    return this.logger.runInContext(next, { bindings: { tube, jobId: id, attempt } });
  }
}

@DqLayer({ order: 1 })
@Injectable()
export class SentryCapture implements DqLayerHost {
  async job({ tube, id, attempt }: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    try {
      return await next();
    } catch (error) {
      const isFault = !(error instanceof DqAgain);
      if (isFault) captureException(error, { tags: { tube, attempt }, extra: { jobId: id } });
      throw error;
    }
  }
}
