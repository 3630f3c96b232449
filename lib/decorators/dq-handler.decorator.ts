import { SetMetadata } from '@nestjs/common';
import type { DqRunOptions } from '../core/options/dq-options.js';

export const DQ_HANDLER_METADATA = 'nestjs-dq:handler';

/** What `@DqHandler` takes besides the tube; each option wins over the tube's own. */
export type DqHandlerOptions = DqRunOptions;

/** What the decorator leaves on a method. */
export interface DqHandlerMetadata {
  readonly tube: string;
  readonly options: DqHandlerOptions;
}

/**
 * The method runs the jobs of a tube. It gets the payload and the `DqJob`. Returning (a promise) completes the job; throwing
 * fails the attempt; see `DqGiveUp` and `DqAgain` for other outcomes. Providers and controllers may have handlers.
 */
export function DqHandler(tube: string, options?: DqHandlerOptions): MethodDecorator;
export function DqHandler(options: DqHandlerOptions & { readonly tube: string }): MethodDecorator;
export function DqHandler(
  first: string | (DqHandlerOptions & { readonly tube: string }),
  options: DqHandlerOptions = {},
): MethodDecorator {
  const metadata = typeof first === 'string' ? { tube: first, options } : split(first);
  return SetMetadata(DQ_HANDLER_METADATA, metadata satisfies DqHandlerMetadata);
}

function split({ tube, ...options }: DqHandlerOptions & { readonly tube: string }): DqHandlerMetadata {
  return { tube, options };
}
