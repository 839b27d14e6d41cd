-- KEYS: runs of a scheduled job   ARGV: run, begun_ms, ms, status, result, error, host
-- A run that another one has begun after is counted, and says nothing more.
if ARGV[4] == 'failed' then redis.call('HINCRBY', KEYS[1], 'failures', 1) end
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'lease_ms', 'running_on')
redis.call('HSET', KEYS[1], 'last_begun_ms', ARGV[2], 'last_ended_ms', string.format('%.0f', now_ms()),
  'last_ms', ARGV[3], 'last_status', ARGV[4], 'last_result', ARGV[5], 'last_error', ARGV[6], 'last_host', ARGV[7])
return 1
