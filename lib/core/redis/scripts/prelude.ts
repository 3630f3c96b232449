/**
 * The transitions of a claim, one script each, over many keys. Times are Redis' own. A claim is one short string, since a Go
 * consumer of dq may GET it:
 *
 *   dq1:R:<attempt>:<token>:<lease end>     running
 *   dq1:W:<attempt>:<not before>:<token>    waiting; who settled it so
 *   dq1:D:<attempt>:<token>:<copies>:<gone> done
 *   dq1:X:<attempt>:<token>:<copies>:<gone>:<reason> dead
 *   dq1:V:0:-:<copies>:<gone>               revoked
 *
 * Behind R and W may stand `:a<moment>`: when its handler last asked to run again. Behind that may stand `:r`: it was a dead letter, and was revived. It stays there until the job is over, since what is too late
 * to be run remains so in every attempt.
 *
 * Beside the claims of a tube stands the mark of what Redis remembers; see LOOK:
 *
 *   dq1:M:<word>:<claims due before may be missing>:<run_id of Redis>
 *
 * A caller's own id has an admission under its key with a `#` behind it, and its claim's key ends in `#<generation>`:
 *
 *   dq1:P:<generation>:<due>:<since>        pending
 *   dq1:S:<generation>:<due>                scheduled
 *   dq1:F                                   failed; the id is free
 */
export const PRELUDE = `
local call, match, sub = redis.call, string.match, string.sub
local function clock()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function revived(running) return running and sub(running, -2) == ':r' and ':r' or '' end
local function asked(running) return running and match(running, '^dq1:R:%d+:[^:]*:%d+(:a%d+)') or '' end
`;
