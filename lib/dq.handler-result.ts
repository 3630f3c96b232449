import { isObservable, lastValueFrom } from 'rxjs';

/** What a handler returned, in the form the core waits for: as in a Nest route, an Observable ends with its last value. */
export function settledResult(result: unknown): unknown {
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
