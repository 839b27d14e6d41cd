-- Shared by all scripts of the ledger. Time is the server's, so that hosts need not agree.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local ENDED = {succeeded = true, failed = true, cancelled = true}

-- Puts messages of the end of a job into the outbox, one per line of callbacks; each is there once.
local function tell(job, outbox, id, callbacks)
  local held = redis.call('HMGET', job, 'state', 'finished_ms', 'flow', 'user_id')
  local said = table.concat({held[1], held[2], held[3], held[4] or ''}, ' ')
  for callback in string.gmatch(callbacks, '[^\n]+') do
    redis.call('HSET', outbox, callback .. ' ' .. id, said)
  end
end

-- The end of a job, however it came: free its place, and tell whoever waits. Without an outbox nobody
-- outside is told.
local function settle(job, leases, in_flight, channel, id, retention_s, outbox)
  local callbacks = outbox and redis.call('HGET', job, 'callbacks')
  if callbacks then tell(job, outbox, id, callbacks) end
  redis.call('ZREM', leases, id)
  if redis.call('GET', in_flight) == id then redis.call('DEL', in_flight) end
  redis.call('EXPIRE', job, redis.call('HGET', job, 'keep_s') or retention_s)
  redis.call('PUBLISH', channel, id)
end

-- The last answer to an equal request: its job's id and its text, or nothing.
local function stale_answer(stale, job_prefix)
  local id = redis.call('GET', stale)
  local result = id and redis.call('HGET', job_prefix .. id, 'result')
  if result and result ~= '' then return {id, result} end
  return {}
end
