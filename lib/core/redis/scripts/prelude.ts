/**
 * The transitions of a claim, one script each, over many keys. Times are Redis' own. A claim is one short string, since a Go
 * consumer of dq may GET it:
 *
 *   dq1:R:<attempt>:<token>:<lease end>     running
 *   dq1:W:<attempt>:<not before>:<token>    waiting; who settled it so
 *   dq1:D:<attempt>:<token>:<copies>:<gone> done
 *   dq1:X:<attempt>:<token>:<copies>:<gone>:<reason> dead
 *   dq1:V:0:-:<copies>:<gone>               revoked
 *   dq1:B:<order>:<policy>:<first>:<due>:<hash> being written, by a call with a key; see key-slot.ts
 *
 * Behind R and W may stand, in this order, `:m<moment>`: it was moved to then; `:a<moment>`: when its handler last asked to run again; `:r`:
 * it was a dead letter, and was revived. They stay there until the job is over, since what is too late to be run remains so in every attempt.
 * Any other value that begins with `dq1:`, one with a field more too, is a later release's: it is not touched, and nobody runs or ends its job
 * by it. What begins otherwise is a Go consumer's lock.
 *
 * Beside the claims of a tube stands the mark of what Redis remembers; see LOOK:
 *
 *   dq1:M:<word>:<claims due before may be missing>:<run_id of Redis>
 *
 * A caller's own id has an admission under its key with a `#` behind it, and its claim's key ends in `#<generation>`:
 *
 *   dq1:P:<generation>:<due>:<since>        pending
 *   dq1:S:<generation>:<due>                scheduled; its claim says more
 *   dq1:S:<generation>:<due>:4              done, also when its claim has gone
 *   dq1:F                                   failed; the id is free
 *
 * `left_behind`: it may be what is left where Redis lost what a holder had written, since nobody else runs it.
 *
 * In a Redis Cluster a script touches no key that is not among its KEYS: one that moves their slot goes by those. Where a job's id is to stay
 * taken as long as its claim is kept, the admissions stand behind the claims; where they are left out, claims alone are changed. The tube's
 * pause and its mark are the last of all.
 */
export const VALUES = `
local call, match, sub = redis.call, string.match, string.sub
local function clock()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function whole(number) return string.format('%.0f', number) end
local function admission(value) return match(value or '', '^dq1:([PS]):([^:]*):(%d+):?(%d*)$') end
local forms = {
  R = '^dq1:R:%d+:[^:]*:%d+$', W = '^dq1:W:%d+:%d+:[^:]*$', D = '^dq1:D:%d+:[^:]*:%d+:%d+$', V = '^dq1:V:0:%-:%d+:%d+$',
  X = '^dq1:X:%d+:[^:]*:%d+:%d+:', B = '^dq1:B:%d+:%l:%d+:%d+:',
}
local function bare(value)
  local head = sub(value, -2) == ':r' and sub(value, 1, -3) or value
  head = match(head, '^(.*):a%d+$') or head
  return match(head, '^(.*):m%d+$') or head
end
local function state_of(value)
  if sub(value, 1, 4) ~= 'dq1:' then return 'foreign' end
  local state = sub(value, 5, 5)
  local form = forms[state]
  if not form then return 'unknown' end
  if match(value, form) then return state end
  return (state == 'R' or state == 'W') and match(bare(value), form) and state or 'unknown'
end
local function held(value, mine)
  if sub(value, 1, #mine) ~= mine then return false end
  return match(bare(sub(value, #mine + 1)), '^%d+$')
end
local function marks_of(value) return value and match(value, '^dq1:[RW]:%d+:[^:]*:[^:]*(.*)$') or '' end
local function moved(marks) return match(marks, '^:m%d+') or '' end
local function revived(value) return value and sub(value, -2) == ':r' and ':r' or '' end
local function left_behind(value, token, now)
  local state = state_of(value)
  if state ~= 'R' then return state == 'W' or state == 'B' end
  local holder, till = match(value, '^dq1:R:%d+:([^:]*):(%d+)')
  return holder == token or tonumber(till) <= now
end
`;

/** What scripts on claims begin with: what their KEYS are, and how an own id is held. */
export const PRELUDE = `${VALUES}
local marked = sub(KEYS[#KEYS], -6) == '#trial'
local claims = marked and #KEYS - 2 or #KEYS
local with_ids = claims > 0 and sub(KEYS[claims], -1) == '#'
while claims > 0 and sub(KEYS[claims], -1) == '#' do claims = claims - 1 end
local function hold(claim, ms, now)
  local id, generation = match(claim, '^(.+#)(.+)$')
  if not id then return end
  local value = call('GET', id)
  if not value then
    call('SET', id, 'dq1:S:' .. generation .. ':' .. whole(now), 'PX', whole(ms))
    return
  end
  local state, known, due, more = admission(value)
  if known ~= generation then return end
  if state == 'S' and more == '4' then call('SET', id, 'dq1:S:' .. generation .. ':' .. due, 'KEEPTTL') end
  local left = call('PTTL', id)
  if left >= 0 and left < ms then call('PEXPIRE', id, whole(ms)) end
end
`;
