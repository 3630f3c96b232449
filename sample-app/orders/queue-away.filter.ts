import { type ArgumentsHost, Catch, type ExceptionFilter, ServiceUnavailableException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DqClaimStoreError, DqClosedError, type DqError, DqQuorumError } from 'nestjs-dq';

/**
 * Too few nodes, no Redis, or the shop is closing: the customer may try again, and is not told of nodes. The operator is, by
 * the lines that nestjs-dq logs. Any other error of the queue is our own mistake, and stays a 500.
 */
@Catch(DqQuorumError, DqClaimStoreError, DqClosedError)
export class QueueAwayFilter implements ExceptionFilter<DqError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(_error: DqError, host: ArgumentsHost): void {
    const answer = new ServiceUnavailableException('Orders cannot be placed right now. Try again.');
    const response: unknown = host.switchToHttp().getResponse();
    this.adapterHost.httpAdapter.reply(response, answer.getResponse(), answer.getStatus());
  }
}
