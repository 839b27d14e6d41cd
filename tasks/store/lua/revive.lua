-- KEYS: job, leases   ARGV: id, attempt, lease_ms, attempts to add, retention_s
local lease = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not lease or tonumber(lease) > now_ms() then return false end
if redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return false end
redis.call('ZADD', KEYS[2], now_ms() + ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[5])  -- However long its queue is: no job under way is forgotten.
if ARGV[4] == '0' then return tonumber(ARGV[2]) end
redis.call('HSET', KEYS[1], 'state', 'queued', 'queued_ms', now_ms())
return redis.call('HINCRBY', KEYS[1], 'attempt', ARGV[4])
