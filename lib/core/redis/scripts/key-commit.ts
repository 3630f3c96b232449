import { KEYED } from './key-slot.js';

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
