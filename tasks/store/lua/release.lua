-- KEYS: job, leases   ARGV: id, attempt, empty for the message of a job that waits
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt')
if not held[1] or ENDED[held[1]] then return 0 end
if ARGV[2] == '' and held[1] ~= 'queued' or ARGV[2] ~= '' and held[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'queued_ms', 0)
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1
