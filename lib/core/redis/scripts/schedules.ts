import { STALE_ADMISSION_MS } from '../../claims/retention.js';
import { PRELUDE } from './prelude.js';

/**
 * Schedules of a tube. KEYS begin with three: a hash of definitions, `<rev>:<mark>:<p when paused, else ->:<text>`; a sorted set of names by
 * when their turns are due; and a hash of turns, `<slot>:<due>:<run>:<missed>:<begun>:<last>`, or `ended`. `begun` is when somebody was told to
 * write it, 0 once it is written. A schedule that was removed has left its last revision under a key of its own.
 */
const SCHEDULES = `${PRELUDE}
local defs, dues, turns = KEYS[1], KEYS[2], KEYS[3]
local now = clock()
local function definition(name) return match(call('HGET', defs, name) or '', '^(%d+):([^:]*):([-p]):(.*)$') end
local function turn_of(name) return call('HGET', turns, name) or '' end
local function slot_of(turn) return tonumber(match(turn, '^(%d+):')) end
local function set_turn(name, head, last)
  if head == '' then
    call('HSET', turns, name, 'ended')
    call('ZREM', dues, name)
    return
  end
  call('HSET', turns, name, head .. ':' .. whole(now) .. ':' .. last)
  call('ZADD', dues, match(head, '^%d+:(%d+)'), name)
end
local function to_write(name, turn)
  local head, begun, last = match(turn, '^(%d+:%d+:%d+:%d+):(%d+):(.*)$')
  if not head or begun == '0' or now - tonumber(begun) < ${STALE_ADMISSION_MS} then return 0 end
  call('HSET', turns, name, head .. ':' .. whole(now) .. ':' .. last)
  return 1
end
`;

/**
 * KEYS: and of each name what a removal has left. ARGV: '1' where only those that are missing are put in, then per name: name, mark, text, the
 * turn without its `begun` ('' for none), its last. Returns Redis' time, then four per name: 0 unchanged, 1 created, 2 changed; its revision,
 * the turn that stands, and 1 where it is to be written.
 */
export const SCHEDULE_UPSERT = `${SCHEDULES}
local only_missing = ARGV[1] == '1'
local out = { now }
for i = 1, #KEYS - 3 do
  local at = 5 * i - 3
  local name, mark, text, head, last = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local rev, known, flag = definition(name)
  local gone = call('GET', KEYS[3 + i])
  local code, write = 0, 0
  if known ~= mark and not (only_missing and (known or gone)) then
    code = known and 2 or 1
    rev = whole(math.max(now, tonumber(rev or 0) + 1, tonumber(gone or 0) + 1))
    call('HSET', defs, name, rev .. ':' .. mark .. ':' .. (flag or '-') .. ':' .. text)
    if gone then call('DEL', KEYS[3 + i]) end
    set_turn(name, head, last)
    if head ~= '' then write = 1 end
  elseif known and turn_of(name) == '' then
    set_turn(name, head, last)
    if head ~= '' then write = 1 end
  else write = to_write(name, turn_of(name)) end
  out[4 * i - 2], out[4 * i - 1], out[4 * i], out[4 * i + 1] = code, tonumber(rev or 0), turn_of(name), write
end
return out
`;

/** ARGV: name, slot of the turn that is written. */
export const SCHEDULE_WRITTEN = `${SCHEDULES}
local turn = turn_of(ARGV[1])
if slot_of(turn) == tonumber(ARGV[2]) then
  local head, last = match(turn, '^(%d+:%d+:%d+:%d+):%d+:(.*)$')
  call('HSET', turns, ARGV[1], head .. ':0:' .. last)
end
return now
`;

/**
 * KEYS: and what a removal has left, and the claim that must not be running, where there is one. ARGV: name, mark, text, revision, the
 * occurrence's own turn and its last, the next turn ('' for none, '-' where nothing is to be made) and its last. Returns Redis' time, the
 * state, 1 where the schedule had not gone past this occurrence, the turn that stands, and 1 where it is to be written.
 */
export const SCHEDULE_STEP = `${SCHEDULES}
local name, mark, text, rev = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local known_rev, known, flag = definition(name)
local gone = not known and call('GET', KEYS[4])
if (known and known ~= mark and rev <= tonumber(known_rev)) or (gone and rev <= tonumber(gone)) then
  return { now, 'superseded', 0, '', 0 }
end
if known ~= mark then
  call('HSET', defs, name, whole(rev) .. ':' .. mark .. ':-:' .. text)
  call('HDEL', turns, name)
  flag = '-'
end
local state = flag == 'p' and 'paused' or 'go'
if state == 'go' and KEYS[5] then
  local value = call('GET', KEYS[5])
  local till = value and state_of(value) == 'R' and match(value, '^dq1:R:%d+:[^:]*:(%d+)')
  if till and tonumber(till) > now then state = 'overlap' end
end
local turn, slot = turn_of(name), slot_of(ARGV[5] .. ':')
local stands = slot_of(turn)
local fresh = turn == '' or (stands and stands <= slot)
local write = 0
if ARGV[7] == '-' then
  if turn == '' then
    set_turn(name, ARGV[5], ARGV[6])
    call('HSET', turns, name, ARGV[5] .. ':0:' .. ARGV[6])
  end
elseif fresh then
  set_turn(name, ARGV[7], ARGV[8])
  if ARGV[7] ~= '' then write = 1 end
else write = to_write(name, turn) end
return { now, state, fresh and 1 or 0, turn_of(name), write }
`;

/**
 * KEYS: and of each declared name what a removal has left. ARGV: ms for which a turn may be overdue, most to return, the declared names.
 * Returns Redis' time, when the earliest turn is due ('' for none), how many of the declared are missing, their names, then three for each that is
 * overdue: name, definition, turn.
 */
export const SCHEDULE_OVERDUE = `${SCHEDULES}
local first = call('ZRANGE', dues, 0, 0, 'WITHSCORES')
local out = { now, first[2] or '', 0 }
for i = 3, #ARGV do
  if call('HEXISTS', defs, ARGV[i]) == 0 and not call('GET', KEYS[1 + i]) then
    out[3] = out[3] + 1
    out[#out + 1] = ARGV[i]
  end
end
for _, name in ipairs(call('ZRANGEBYSCORE', dues, '-inf', whole(now - tonumber(ARGV[1])), 'LIMIT', 0, ARGV[2])) do
  local found = call('HGET', defs, name)
  if found then
    out[#out + 1] = name
    out[#out + 1] = found
    out[#out + 1] = turn_of(name)
  else call('ZREM', dues, name) end
end
return out
`;

/** KEYS: and what the removal leaves. ARGV: name, ms for which that is kept after its turn was due. Returns 1 where it was there. */
export const SCHEDULE_REMOVE = `${SCHEDULES}
local rev = definition(ARGV[1])
local due = math.max(tonumber(match(turn_of(ARGV[1]), '^%d+:(%d+)') or 0), now)
local keep = math.max(due - now + tonumber(ARGV[2]), call('PTTL', KEYS[4]))
call('SET', KEYS[4], whole(math.max(now, tonumber(rev or 0), tonumber(call('GET', KEYS[4]) or 0))), 'PX', whole(keep))
call('HDEL', defs, ARGV[1])
call('HDEL', turns, ARGV[1])
call('ZREM', dues, ARGV[1])
return rev and 1 or 0
`;

/** ARGV: name, 'p' or '-'. Returns 1 where it is there. */
export const SCHEDULE_PAUSE = `${SCHEDULES}
local rev, mark, _, text = definition(ARGV[1])
if rev then call('HSET', defs, ARGV[1], rev .. ':' .. mark .. ':' .. ARGV[2] .. ':' .. text) end
return rev and 1 or 0
`;
