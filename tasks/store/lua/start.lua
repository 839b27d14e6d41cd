-- KEYS: job, leases, newest started by queue   ARGV: id, step, attempt, queue, token of this call
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'step', 'run_lease_ms', 'queued_ms', 'taken_by')
if not held[1] or ENDED[held[1]] or held[2] ~= ARGV[3] then return false end
-- Running by this very call: the reply got lost, and the client asks again.
if held[1] == 'running' and held[6] ~= ARGV[5] then return false end
if held[3] == ARGV[2] then
  redis.call('HSET', KEYS[1], 'state', 'running', 'taken_by', ARGV[5], 'taken_at', ARGV[2])
  redis.call('ZADD', KEYS[2], now_ms() + held[4], ARGV[1])
  if ARGV[4] ~= '' and tonumber(held[5] or 0) > tonumber(redis.call('HGET', KEYS[3], ARGV[4]) or 0) then
    redis.call('HSET', KEYS[3], ARGV[4], held[5])
  end
end
return redis.call('HGETALL', KEYS[1])
