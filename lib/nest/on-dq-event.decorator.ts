import { shown } from '../core/errors/shown.js';
import type { DqEventOf, DqEventType } from '../core/base/events.js';
import { Marks, requireLegacyDecorators, requireMethod } from './dq.marks.js';

/** Which events of a type. `tube` only where the type has one. */
export type OnDqEventOptions<Type extends DqEventType> =
  DqEventOf<Type> extends { readonly tube: string }
    ? { readonly tube?: string | undefined }
    : { readonly tube?: undefined };

/** A method that gets the events of one type. */
export interface EventMark {
  readonly event: DqEventType;
  readonly tube: string | undefined;
  readonly methodName: string;
}

/** On the prototypes of classes. */
export const EVENT_MARKS = new Marks<EventMark>('nestjs-dq:events');

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
    const { methodName } = requireMethod(`@OnDqEvent(${shown(type)})`, target, key, descriptor);
    EVENT_MARKS.add(target, { event: type, tube: options?.tube, methodName });
  };
}
