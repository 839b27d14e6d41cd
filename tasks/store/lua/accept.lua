-- KEYS: job, in_flight, leases, queue, answer, stale, idempotency ('' without a key), recent jobs,
--       the jobs of the person if it is about one
-- ARGV: id, job prefix, lease_ms, retention_s, digest of the keyed request ('' without a key), keep_s of a keyed job,
--       most waiting ('' for any number), few waiting, longest_wait_ms, recent jobs kept, field, value, ...
-- Returns how it went and what goes with it: {'new' | 'joined' | 'replayed', id}, {'cached', id, answer},
-- {'reused'}, {'overloaded', id, stale answer} or {'overloaded'}.
local keyed = ARGV[5] ~= ''

local function list_until(id, seconds)
  if not KEYS[9] then return end
  redis.call('ZADD', KEYS[9], now_ms() + seconds * 1000, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[9], 0, now_ms())
  if redis.call('TTL', KEYS[9]) < tonumber(seconds) then redis.call('EXPIRE', KEYS[9], seconds) end
end

-- The key stands for this job from now on, and the job is kept as long as the key counts.
local function remember(id)
  redis.call('SET', KEYS[7], ARGV[5] .. id, 'EX', ARGV[6])
  redis.call('HSET', ARGV[2] .. id, 'keep_s', ARGV[6])
  redis.call('EXPIRE', ARGV[2] .. id, ARGV[6])
  list_until(id, ARGV[6])
end

if keyed then
  local held = redis.call('GET', KEYS[7])
  if held then
    if string.sub(held, 1, #ARGV[5]) ~= ARGV[5] then return {'reused'} end
    local id = string.sub(held, #ARGV[5] + 1)
    if redis.call('EXISTS', ARGV[2] .. id) == 1 then return {'replayed', id} end
  end
  local answer = redis.call('GET', KEYS[5])
  local id = answer and string.sub(answer, 1, #ARGV[1])
  if id and redis.call('EXISTS', ARGV[2] .. id) == 1 then
    remember(id)
    return {'cached', id, string.sub(answer, #ARGV[1] + 1)}
  end
end

local running = redis.call('GET', KEYS[2])
if running then
  local state = redis.call('HGET', ARGV[2] .. running, 'state')
  if state and not ENDED[state] then
    if keyed then remember(running) end
    return {'joined', running}
  end
end

-- A message names its job in argsrepr, whose entry says when it came into the queue.
local function oldest_waited_ms()
  local message = redis.call('LINDEX', KEYS[4], -1)
  local at = string.find(message, 'argsrepr', 1, true)
  local id = at and string.match(message, "'(%x+)'", at)
  local queued_ms = id and redis.call('HGET', ARGV[2] .. id, 'queued_ms')
  return queued_ms and now_ms() - queued_ms or 0
end

if ARGV[7] ~= '' then
  local waiting = redis.call('LLEN', KEYS[4])
  local too_many = waiting >= tonumber(ARGV[7])
  if too_many or (waiting > tonumber(ARGV[8]) and oldest_waited_ms() >= tonumber(ARGV[9])) then
    return {'overloaded', unpack(stale_answer(KEYS[6], ARGV[2]))}
  end
end

redis.call('HSET', KEYS[1], 'queued_ms', now_ms(), unpack(ARGV, 11))
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], now_ms() + ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[8], now_ms(), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[8], 0, -ARGV[10] - 1)
if keyed then remember(ARGV[1]) else list_until(ARGV[1], ARGV[4]) end
return {'new', ARGV[1]}
