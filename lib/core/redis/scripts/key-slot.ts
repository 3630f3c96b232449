import { STALE_ADMISSION_MS } from '../../claims/retention.js';
import { VALUES } from './prelude.js';

/**
 * What stands under a user's own key, one string that names jobs by their ids:
 *
 *   dq1:K:<order>|<open>|<word>|<id>|<due>|<first>|<hash>|<marked>|<handle>
 *
 * `order`: the highest that was given. `open`: calls that were reserved and not concluded. `word`: the order of the last word, which
 * is the call of the job that stands, or a cancel. Then that job; `id` is empty where there is none. `marked`: ids of jobs that lost the key
 * while they ran, with commas between. No id has a `|` or a comma. The handle is the last, since it may contain anything.
 *
 * - `leave`: a job is over, or the call that wrote it: the slot goes unless something else is to be remembered.
 * - `loses`: whether a job that would go on lost its key while it ran; then it is revoked. `nil`: a later release wrote the slot.
 *
 * The user's key may contain anything too, so the slot is the first of the KEYS, before all that are told from others by their ends.
 */
export const SLOT = `
local function slot_of(value)
  if not value then
    return { order = 0, open = 0, word = 0, id = '', due = 0, first = 0, hash = '', marked = '', handle = '' }
  end
  local order, open, word, id, due, first, hash, marked, handle =
    match(value, '^dq1:K:(%d+)|(%d+)|(%d+)|([^|]*)|(%d+)|(%d+)|([^|]*)|([^|]*)|(.*)$')
  if not order then return nil end
  return {
    order = tonumber(order), open = tonumber(open), word = tonumber(word), id = id, due = tonumber(due), first = tonumber(first),
    hash = hash, marked = marked, handle = handle, known = true,
  }
end
local function is_marked(s, id) return string.find(',' .. s.marked .. ',', ',' .. id .. ',', 1, true) ~= nil end
local function mark(s, id)
  if not is_marked(s, id) then s.marked = s.marked == '' and id or s.marked .. ',' .. id end
end
local function unmark(s, id)
  local others = {}
  for other in string.gmatch(s.marked, '[^,]+') do
    if other ~= id then others[#others + 1] = other end
  end
  s.marked = table.concat(others, ',')
end
local function empty(s) s.id, s.due, s.first, s.hash, s.handle = '', 0, 0, '', '' end
local function keep_slot(key, s, ms)
  if s.id == '' and s.marked == '' and s.open == 0 then
    call('PEXPIRE', key, 0)
    return
  end
  local value = 'dq1:K:' .. table.concat({
    whole(s.order), whole(s.open), whole(s.word), s.id, whole(s.due), whole(s.first), s.hash, s.marked, s.handle,
  }, '|')
  local left = s.known and call('PTTL', key) or -1
  if s.known and (left == -1 or left >= ms) then call('SET', key, value, 'KEEPTTL')
  else call('SET', key, value, 'PX', whole(ms)) end
end
local function id_of(claim) return match(claim, '^dq:{[^}]*}:(.*)$') or '' end
local function leave(key, claim, was_open)
  local s, id = slot_of(call('GET', key)), id_of(claim)
  if not s or not s.known then return end
  if s.id == id then empty(s)
  elseif not was_open and not is_marked(s, id) then return end
  unmark(s, id)
  if was_open and s.open > 0 then s.open = s.open - 1 end
  keep_slot(key, s, 0)
end
local function loses(key, claim, keep, ms)
  local s, id = slot_of(call('GET', key)), id_of(claim)
  if not s then return nil end
  if is_marked(s, id) then
    call('SET', claim, 'dq1:V:0:-:0:0', 'PX', whole(math.max(keep, call('PTTL', claim))))
    leave(key, claim, false)
    return true
  end
  if s.id == id then keep_slot(key, s, ms) end
  return false
end
`;

/**
 * What scripts on a slot begin with. KEYS: the slot, then claims. ARGV: what the claims of this tube begin with, '1' in a Cluster, keep ms.
 * An ordinary Redis lets a script touch a claim that only the slot names. In a Cluster it has to be among the KEYS: where it is not, the
 * script changes nothing, and returns 'lacking' and the ids of all that it needs.
 *
 * - `followed`: a call may be open that was reserved after the last word.
 * - `stands`: the job that stands, unless it is over. `from`: when its copies come up. `cancelled`: it runs, and is not tried again.
 * - `overdue`: it should have begun long since, and nobody has written it anew: it may have no copies any more.
 */
export const KEYED = `${VALUES}${SLOT}
local slot, prefix, clustered, keep = KEYS[1], ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
local time = call('TIME')
local now, micros = time[1] * 1000 + math.floor(time[2] / 1000), time[1] * 1000000 + time[2]
local s = slot_of(call('GET', slot))
if not s then return { 'unknown' } end
local function lacking(ids)
  if not clustered then return nil end
  local given, lacks = {}, false
  for i = 2, #KEYS do given[KEYS[i]] = true end
  for i = 1, #ids do lacks = lacks or not given[prefix .. ids[i]] end
  if not lacks then return nil end
  table.insert(ids, 1, 'lacking')
  return ids
end
local function next_order()
  s.order = math.max(micros, s.order + 1)
  return s.order
end
local function followed() return s.open > 0 and s.order > s.word end
local function for_ms(due) return math.max(due - now, 0) + keep end
local function revoke(key, due)
  call('SET', key, 'dq1:V:0:-:0:0', 'PX', whole(math.max(for_ms(due), call('PTTL', key))))
end
local function stands()
  if s.id == '' then return nil end
  local value = call('GET', prefix .. s.id)
  local state = value and state_of(value)
  if not value or state == 'B' then return { word = 'scheduled', attempt = 0, from = s.due } end
  if state == 'unknown' then return { word = 'running', attempt = 0, from = s.due, runs = true } end
  if state ~= 'R' and state ~= 'W' then return nil end
  local n, second, third = match(value, '^dq1:[RW]:(%d+):([^:]*):([^:]*)')
  local attempt = tonumber(n)
  if state == 'R' then
    return { word = 'running', attempt = attempt, from = s.due, runs = true, cancelled = is_marked(s, s.id) }
  end
  local fresh = attempt == 0 and third == '-' and moved(marks_of(value)) ~= ''
  local from = math.max(tonumber(second), s.due)
  return { word = fresh and 'scheduled' or 'retrying', attempt = attempt, from = from, value = value }
end
local function overdue(c) return not c.runs and math.max(c.from, s.word / 1000) < now - ${STALE_ADMISSION_MS} end
local function told(kind, c)
  if not c then return { kind } end
  return { kind, s.id, s.handle, s.due, s.first, c.word, c.attempt, s.hash }
end
local function move(c, due)
  local key = prefix .. s.id
  local others = match(marks_of(c.value), '^:m%d+(.*)$') or marks_of(c.value)
  local value = 'dq1:W:' .. c.attempt .. ':' .. whole(due) .. ':-:m' .. whole(due) .. others
  call('SET', key, value, 'PX', whole(math.max(for_ms(due), call('PTTL', key))))
  s.due = due
  if c.attempt == 0 then c.word = 'scheduled' end
  keep_slot(slot, s, for_ms(due))
end
`;
