-- KEYS: runs of a scheduled job   ARGV: period_ms, limit_ms, may overlap, forced, host
-- A tick is a number of the server's clock, so that hosts need not agree. It is compared for being
-- another one and not a later one: a clock that was set back must not stop the schedule.
local now = now_ms()
local held = redis.call('HMGET', KEYS[1], 'tick', 'lease_ms')
local tick = string.format('%.0f', math.floor(now / ARGV[1]))
if ARGV[4] == '0' then
  if held[1] == tick then
    redis.call('HINCRBY', KEYS[1], 'duplicates', 1)
    return {'duplicate'}
  end
  redis.call('HSET', KEYS[1], 'tick', tick)
end
local lease = tonumber(held[2] or 0)
if ARGV[3] == '0' and lease > now then
  -- No lease is longer than the limit, unless the clock was set back meanwhile.
  redis.call('HSET', KEYS[1], 'lease_ms', string.format('%.0f', math.min(lease, now + ARGV[2])))
  redis.call('HINCRBY', KEYS[1], 'skips', 1)
  return {'overlap'}
end
if ARGV[3] == '0' and lease > 0 then redis.call('HINCRBY', KEYS[1], 'lost', 1) end
local run = redis.call('HINCRBY', KEYS[1], 'runs', 1)
redis.call('HSET', KEYS[1], 'run', run, 'begun_ms', string.format('%.0f', now),
  'lease_ms', string.format('%.0f', now + ARGV[2]), 'running_on', ARGV[5])
return {'run', tostring(run), string.format('%.0f', now)}
