-- KEYS: job, leases   ARGV: id, step, attempt
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'step', 'run_lease_ms')
if not held[1] or ENDED[held[1]] or held[2] ~= ARGV[3] then return false end
if held[3] == ARGV[2] then
  redis.call('HSET', KEYS[1], 'state', 'running')
  redis.call('ZADD', KEYS[2], now_ms() + held[4], ARGV[1])
end
return redis.call('HGETALL', KEYS[1])
