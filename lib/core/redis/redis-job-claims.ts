import { historyKey, pauseKey } from '../claims/claim-key.js';
import type {
  AccountRequest,
  ClaimRequest,
  ClaimVerdict,
  HistorySettings,
  Holder,
  RenewRequest,
  SettleAnswer,
  SettleOutcome,
  SettleRequest,
} from '../claims/claim-store.js';
import { LONGEST_REASON } from '../claims/retention.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { verdicts, yesOrNo } from './claim-answers.js';
import { RedisForgot } from './redis-fault.js';
import { logArguments } from './redis-history.js';
import type { RedisParts } from './redis-parts.js';
import type { Mark, ScriptCall } from './redis-scripts.js';

/** The last code of settlements and renewals of which some found no claim. */
const MISSED = 1;
/** Codes of an outcome that was too long on its way, and of a job that lost its key while it ran. */
const TOO_LATE = 2;
const SUPERSEDED = 3;
const LATE =
  'Expected an outcome to reach Redis within the command deadline, but it took longer. Nothing was changed; it is safe to repeat.';
const FORGOT_AGAIN =
  'Expected Redis to know what it was told, but it lost that twice within a moment. Nothing was changed; it is safe to repeat.';

/** Behind the time: nothing was granted, since Redis may have lost claims, or the tube is paused. */
const FORGOTTEN = -1;
const PAUSED = -2;
const PAUSE: ClaimVerdict = Object.freeze({ kind: 'paused' });

/** Who runs a job, and what came of it. */
export class RedisJobClaims {
  readonly #parts: RedisParts;

  constructor(parts: RedisParts) {
    this.#parts = parts;
  }

  async claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    const mark = this.#parts.memory.mark(tube);
    try {
      return await this.#claimWith(mark ?? (await this.#parts.memory.look(tube)), tube, holder, requests);
    } catch (error) {
      if (!(error instanceof RedisForgot)) throw error;
    }
    this.#parts.memory.doubt(tube);
    const found = await this.#parts.memory.look(tube);
    try {
      return await this.#claimWith(found, tube, holder, requests);
    } catch (error) {
      throw error instanceof RedisForgot ? new DqClaimStoreError(FORGOT_AGAIN) : error;
    }
  }

  settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly SettleAnswer[]> {
    return keyedApart(
      requests,
      ({ slot }) => slot !== undefined,
      (some, keyed) => this.#settle(tube, holder, some, history, keyed),
    );
  }

  #settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history: HistorySettings | undefined,
    keyed?: SettleRequest,
  ): Promise<readonly SettleAnswer[]> {
    const storeClock = this.#parts.memory.storeClock(tube);
    const head = [holder.token, this.#parts.keeps.keepMs, this.#parts.keeps.deadMs, this.#parts.memory.goodUntil(tube)];
    return this.#parts.scripts.callMany<SettleRequest, SettleAnswer>('dqSettle', requests, {
      head,
      push: ({ attempt, outcome, copies, toldAgain }, to) => {
        if (outcome.kind === 'again') to.push(attempt, againLetter(outcome), outcome.ms);
        else if (outcome.kind === 'done') to.push(attempt, toldAgain ? 'd' : 'D', `${copies}:0`);
        else to.push(attempt, toldAgain ? 'x' : 'X', `${copies}:0:${outcome.reason.slice(0, LONGEST_REASON)}`);
      },
      read: ([time, ...codes]) => {
        storeClock.heard(time as number);
        if (codes.pop() === MISSED) this.#parts.memory.doubt(tube);
        if (codes.includes(TOO_LATE)) throw new DqClaimStoreError(LATE);
        return codes.map((code) => (code === SUPERSEDED ? 'superseded' : code === 1));
      },
      alike: endAlike,
      keyed: keyed && this.#besideSlot(keyed, history !== undefined),
      logged: history && { name: 'dqSettleLogged', key: historyKey(tube), tail: (part) => logArguments(history, part) },
      ids: {
        wants: ({ outcome }) => outcome.kind === 'again',
        holds: ({ outcome }, settled) =>
          settled === true && outcome.kind === 'again' ? this.#parts.keeps.keepMs + outcome.ms : undefined,
      },
    });
  }

  async renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#parts.scripts.callMany('dqRenew', requests, {
      head: [holder.token, holder.leaseMs, this.#parts.keeps.keepMs],
      push: ({ attempt, toldAgain }, to) => void to.push(toldAgain ? -attempt : attempt),
      tail: [this.#parts.memory.goodUntil(tube)],
      read: (codes, part) => {
        if (codes[part.length] === MISSED) this.#parts.memory.doubt(tube);
        return yesOrNo(codes.slice(0, part.length));
      },
      ids: { holds: (_, renewed) => (renewed ? this.#parts.keeps.keepMs : undefined) },
    });
  }

  async account(_tube: string, requests: readonly AccountRequest[]): Promise<void> {
    await this.#parts.scripts.callMany('dqAccount', requests, {
      head: [this.#parts.keeps.doneMs, this.#parts.keeps.keepMs],
      push: ({ copies, gone }, to) => void to.push(copies, gone),
      read: () => [],
      alike: (one, other) => one.copies === other.copies && one.gone === other.gone,
      // Where an admission cannot be given its claim is kept for longer, and nothing is to be made up for.
      ids: {},
    });
  }

  #claimWith(
    mark: Mark,
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[]> {
    const isKeyed = ({ slot, takeover }: ClaimRequest): boolean => takeover && slot !== undefined;
    return keyedApart(requests, isKeyed, (some, keyed) =>
      keyed === undefined
        ? this.#claimTogether(mark, tube, holder, some)
        : this.#claim(tube, mark, holder, some, true, keyed.slot),
    );
  }

  async #claimTogether(
    mark: Mark,
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[]> {
    const young = this.#parts.clock.now() - this.#parts.keeps.retentionMs / 2;
    if (this.#parts.memory.settling(tube) || requests.some(({ dueMs, takeover }) => takeover || dueMs < young))
      return this.#claim(tube, mark, holder, requests, true);
    const verdicts = await this.#claim(tube, mark, holder, requests, false);
    // All were measured by the latest due time. Where Redis' clock is behind, that is unjust to those that are due by it.
    const unjust = requests.length > 1 && verdicts.some(({ kind }) => kind === 'early');
    return unjust ? this.#claim(tube, mark, holder, requests, true) : verdicts;
  }

  /** Where the slot cannot be given beside the claim, a job that is over leaves it in a step of its own. */
  #besideSlot(
    { slot = '', key, outcome }: SettleRequest,
    logged: boolean,
  ): ScriptCall<SettleRequest, SettleAnswer>['keyed'] {
    return {
      name: logged ? 'dqSettleKeyedLogged' : 'dqSettleKeyed',
      slot,
      apart: async (settled) => {
        if (settled === true && outcome.kind !== 'again') await this.#parts.scripts.call('dqKeyLeave', [slot], [key]);
      },
    };
  }

  #claim(
    tube: string,
    mark: Mark,
    { token, leaseMs }: Holder,
    requests: readonly ClaimRequest[],
    each: boolean,
    slot?: string,
  ): Promise<readonly ClaimVerdict[]> {
    const storeClock = this.#parts.memory.storeClock(tube);
    const head = [
      token,
      leaseMs,
      this.#parts.keeps.keepMs,
      this.#parts.memory.goodUntil(tube),
      storeClock.takeoverUntil(this.#parts.connection.readyFor),
    ];
    const latest = requests.reduce((most, { dueMs }) => Math.max(most, dueMs), 0);
    return this.#parts.scripts.callMany<ClaimRequest, ClaimVerdict>('dqClaim', requests, {
      head: each ? [...head, latest, this.#parts.keeps.retentionMs, this.#parts.keeps.deadMs] : [...head, latest],
      push: each ? ({ dueMs, takeover }, to) => void to.push(takeover ? -Math.max(1, dueMs) : dueMs) : undefined,
      gate: { pause: pauseKey(tube), mark, paused: PAUSE },
      // Nobody takes a job over whose slot cannot be asked.
      keyed: slot === undefined ? undefined : { name: 'dqClaimKeyed', slot, refused: { kind: 'running', ms: 1 } },
      read: ([time, ...codes], part) => {
        storeClock.heard(time as number);
        if (codes[0] === FORGOTTEN) throw new RedisForgot();
        if (codes[0] === PAUSED) return part.map(() => PAUSE);
        return verdicts(codes as readonly number[], part.length);
      },
      ids: { holds: (_, { kind }) => (kind === 'granted' ? this.#parts.keeps.keepMs : undefined) },
    });
  }
}

/** Those that concern a slot have a call each, beside the one of all others. Answers are in the order of the requests. */
function keyedApart<Request, Answer>(
  requests: readonly Request[],
  isKeyed: (request: Request) => boolean,
  ask: (some: readonly Request[], keyed?: Request) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  if (!requests.some(isKeyed)) return ask(requests);
  const others = requests.filter((request) => !isKeyed(request));
  const together = ask(others);
  const alone = requests.map(async (request) => (isKeyed(request) ? (await ask([request], request))[0] : undefined));
  return Promise.all([together, ...alone]).then(([rest, ...own]) => {
    let at = 0;
    return own.map((answer) => (answer ?? rest[at++]) as Answer);
  });
}

function againLetter({ counts, asked }: Extract<SettleOutcome, { readonly kind: 'again' }>): 'W' | 'U' | 'A' {
  if (counts) return 'W';
  return asked ? 'A' : 'U';
}

/** Most runs end so: done, in the same attempt, with as many copies. */
function endAlike(one: SettleRequest, other: SettleRequest): boolean {
  return (
    one.outcome.kind === 'done' &&
    other.outcome.kind === 'done' &&
    one.attempt === other.attempt &&
    one.toldAgain === other.toldAgain &&
    one.copies === other.copies
  );
}
