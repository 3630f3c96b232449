import { KEYED, SLOT } from './key-slot.js';
import { VALUES } from './prelude.js';

/**
 * KEYS: the slot, the claim of the new job, then the claim of the one that stands where it is known. ARGV: as of all; then the new job's id,
 * due ms, policy (`r` replace, `p` postpone, `k` keep, `m` move), hash, and the most ms from the first call to the due time, or ''. Returns 'reserved',
 * the due time, the first call's, and the call's order; or 'postponed' or 'kept' and the job that stands. Who waits for a further attempt
 * counts as due then: its copies come up no sooner. An equal of what stands is a word on the key like what replaces it. Asked again, it says
 * the same; what comes after its own commit changes nothing. What should have begun long since may have no copies any more: its equal is written.
 */
export const KEY_RESERVE = `${KEYED}
local id, due, policy, hash, most = ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7], tonumber(ARGV[8])
local lacks = lacking({ s.id ~= '' and s.id or id })
if lacks then return lacks end
local value = call('GET', KEYS[2])
if value or s.id == id then
  local order, first, mine = match(value or '', '^dq1:B:(%d+):%l:(%d+):(%d+):')
  if not order then return { 'reserved', due, now, s.word } end
  return { 'reserved', tonumber(mine), tonumber(first), tonumber(order) }
end
local c = stands()
local first = c and not c.runs and s.first or now
if most then due = math.min(due, first + most) end
if c and policy == 'k' and not c.cancelled then return told('kept', c) end
local equal = policy == 'r' and hash == s.hash and c and not overdue(c)
if c and not c.runs and (policy == 'p' or (equal and due >= c.from)) then
  local speaks = equal and followed()
  if speaks then s.word = next_order() end
  if due > c.from then
    move(c, due)
    return told('postponed', c)
  end
  if speaks then keep_slot(slot, s, 0) end
  return told('kept', c)
end
local order = next_order()
s.open = s.open + 1
local written = table.concat({ 'dq1:B', whole(order), policy, whole(first), whole(due), hash }, ':')
call('SET', KEYS[2], written, 'PX', whole(for_ms(due)))
keep_slot(slot, s, for_ms(due))
return { 'reserved', due, first, order }
`;

/**
 * KEYS: the slot, the claim of the new job, then the claim of the one that stands where it is known. ARGV: as of all; then the new job's id,
 * due ms, handle, and what the reservation said: order, first ms, policy, hash; all '' on behalf of a producer that left it, whose claim
 * says them. Returns 'scheduled'; 'replaced' or 'besides' and the job that stood; 'kept' and the one that stands; or 'superseded' and that
 * one where there is one. A claim that is not being written any more says that it was committed before, or revoked; one that is missing, and of which
 * nobody knows the order, is a job like any other.
 */
export const KEY_COMMIT = `${KEYED}
local id, due, handle = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local order, first, policy, hash = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9], ARGV[10]
local lacks = lacking({ s.id ~= '' and s.id or id })
if lacks then return lacks end
local value = call('GET', KEYS[2])
local state = value and state_of(value)
local c = stands()
local function keeps() return c and policy == 'k' and not c.cancelled end
if state == 'V' then return told(keeps() and 'kept' or 'superseded', c) end
if state and state ~= 'B' then return { 'scheduled' } end
if state and not order then
  order, policy, first, hash = match(value, '^dq1:B:(%d+):(%l):(%d+):%d+:(.*)$')
  order, first = tonumber(order), tonumber(first)
end
if not order or s.id == id or s.word == order then return { 'scheduled' } end
if state and s.open > 0 then s.open = s.open - 1 end
s.order = math.max(s.order, order)
local kind = 'scheduled'
if keeps() then kind = 'kept'
elseif order < s.word or (policy == 'm' and not (c and not c.runs and s.hash == hash)) then kind = 'superseded'
elseif c then kind = c.runs and 'besides' or 'replaced' end
local answer = told(kind, kind ~= 'scheduled' and c)
if kind == 'superseded' or kind == 'kept' then
  revoke(KEYS[2], due)
  keep_slot(slot, s, 0)
  return answer
end
if kind == 'besides' then mark(s, s.id)
elseif kind == 'replaced' then revoke(prefix .. s.id, c.from) end
if state then call('PEXPIRE', KEYS[2], 0) end
s.word, s.id, s.due, s.first, s.hash, s.handle = order, id, due, first, hash, handle
keep_slot(slot, s, for_ms(due))
return answer
`;

/**
 * KEYS: the slot, then the claims of the job that stands and of those that are marked, where they are known. ARGV: as of all. Returns
 * 'cancelled' and the job that waited, where one did; 'running'; or 'none'. It is a word on the key: calls that were reserved before find it at
 * their commit. Where nothing is left to be remembered the slot goes.
 */
export const KEY_CANCEL = `${KEYED}
local ids = { s.id ~= '' and s.id or nil }
for id in string.gmatch(s.marked, '[^,]+') do ids[#ids + 1] = id end
local lacks = lacking(ids)
if lacks then return lacks end
if not s.known then return { 'none' } end
local c = stands()
local runs, calls = false, followed()
for id in string.gmatch(s.marked, '[^,]+') do
  local value = call('GET', prefix .. id)
  local state = value and state_of(value)
  if state == 'R' then runs = true
  elseif state == 'D' or state == 'X' or state == 'V' then unmark(s, id) end
end
local kind = calls and 'cancelled' or runs and 'running' or 'none'
if c then kind = c.runs and 'running' or 'cancelled' end
local answer = told(kind, c and not c.runs and c)
if c or calls then s.word = next_order() end
if c and c.runs then mark(s, s.id)
else
  if c then revoke(prefix .. s.id, c.from) end
  empty(s)
end
-- The mark is to last as long as the claim of what runs.
keep_slot(slot, s, c and c.runs and keep or 0)
return answer
`;

/**
 * KEYS: the slot, then the claim of the job that stands where it is known. ARGV: as of all; then due ms. Returns 'moved', or 'earlier' where it
 * would have to come up sooner than its copies do, or may have none, and the job that stands; 'running'; or 'none'.
 */
export const KEY_MOVE = `${KEYED}
local due = tonumber(ARGV[4])
local lacks = lacking({ s.id ~= '' and s.id or nil })
if lacks then return lacks end
local c = stands()
if not c then return { 'none' } end
if c.runs then return { 'running' } end
if due < c.from or (overdue(c) and not c.value) then return told('earlier', c) end
if due > s.due then move(c, due) end
return told('moved', c)
`;

/** KEYS: the slot, then the claim of the job that stands where it is known. ARGV: as of all. Returns 'found' and that job, or 'none'. */
export const KEY_FIND = `${KEYED}
local lacks = lacking({ s.id ~= '' and s.id or nil })
if lacks then return lacks end
local c = stands()
return told(c and 'found' or 'none', c)
`;

/** KEYS: a slot. ARGV: the key of the claim of a job that is over, which could not be told beside it. Returns 1. */
export const KEY_LEAVE = `${VALUES}${SLOT}
leave(KEYS[1], ARGV[1], false)
return 1
`;
