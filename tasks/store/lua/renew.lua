-- KEYS: job, leases   ARGV: id, attempt, lease_ms
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt')
if held[1] ~= 'running' or held[2] ~= ARGV[2] then return 0 end
redis.call('ZADD', KEYS[2], now_ms() + ARGV[3], ARGV[1])
return 1
