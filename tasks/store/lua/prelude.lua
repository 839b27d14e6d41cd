-- Shared by all scripts of the ledger. Time is the server's, so that hosts need not agree.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local ENDED = {succeeded = true, failed = true, cancelled = true}

-- The end of a job, however it came: free its place, and tell whoever waits.
local function settle(job, leases, in_flight, channel, id, retention_s)
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
