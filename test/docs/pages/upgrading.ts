// The code of docs/guides/upgrading.md, compiled and run.
import { Injectable } from '@nestjs/common';
import { DqHandler } from 'nestjs-dq';

@Injectable()
export class Draining {
  readonly seen: string[] = [];

  @DqHandler('dq-default')
  @DqHandler('default')
  async run(order: { readonly id: string }): Promise<void> {
    this.seen.push(order.id);
  }
}
