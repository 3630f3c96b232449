import { DqHandlerError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import type { DqEventOf, DqEventType } from '../core/base/events.js';
import { requireLegacyDecorators } from './legacy-decorators.js';

/** A string, so that a listener is found whichever copy of this package decorated it. */
export const DQ_EVENT_METADATA = 'nestjs-dq:events';

/** Which events of a type. `tube` only where the type has one. */
export type OnDqEventOptions<Type extends DqEventType> =
  DqEventOf<Type> extends { readonly tube: string }
    ? { readonly tube?: string | undefined }
    : { readonly tube?: undefined };

/** What the decorator leaves on a class, once for each. */
export interface DqEventMetadata {
  readonly event: DqEventType;
  readonly tube: string | undefined;
  readonly methodName: string;
}

/**
 * The method gets the events of one type; decorate it again for more types. Nothing waits for it; what it throws or rejects with is
 * logged, and harms nothing. `job-scheduled`, `job-started`, `job-completed` and `job-again` are made only for those who listen to them. A provider or
 * controller of request or transient scope is refused at boot: there would be no instance to call.
 */
export function OnDqEvent<Type extends DqEventType>(
  type: Type,
  options?: OnDqEventOptions<Type>,
): <Method extends (event: DqEventOf<Type>) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void {
  return (target, key, descriptor) => {
    requireLegacyDecorators('@OnDqEvent', key);
    if (
      typeof (descriptor as unknown as PropertyDescriptor | undefined)?.value !== 'function' ||
      typeof target === 'function' ||
      typeof key === 'symbol'
    ) {
      throw new DqHandlerError(
        `Expected @OnDqEvent(${shown(type)}) on a method of a class's instances, got ${String(key)}. It would never be called.`,
      );
    }
    const mark: DqEventMetadata = { event: type, tube: options?.tube, methodName: key };
    Reflect.defineMetadata(DQ_EVENT_METADATA, [...eventMetadata(target), mark], target);
  };
}

/** What the decorator left on the prototype of a class itself. */
export function eventMetadata(place: object): readonly DqEventMetadata[] {
  return (Reflect.getOwnMetadata(DQ_EVENT_METADATA, place) as readonly DqEventMetadata[] | undefined) ?? [];
}
