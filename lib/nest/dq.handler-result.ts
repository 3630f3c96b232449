import { isObservable, lastValueFrom, type Observable } from 'rxjs';

/** What a handler returned, in the form the core waits for: as in a Nest route, an Observable ends with its last value. */
export function settledResult(result: unknown): unknown {
  return streams(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

/** False also for what cannot be looked at: whether it can be waited for is the core's to find out. */
function streams(result: unknown): result is Observable<unknown> {
  try {
    return isObservable(result);
  } catch {
    return false;
  }
}
