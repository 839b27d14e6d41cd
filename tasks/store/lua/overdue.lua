-- KEYS: leases   ARGV: job prefix, limit   Ids whose entry is gone are dropped on the way.
local found = {}
local now = now_ms()
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local held = redis.call('HMGET', ARGV[1] .. id,
    'flow', 'version', 'state', 'step', 'attempt', 'lane', 'queued_ms', 'last_attempt', 'created_ms')
  if held[1] then
    local queued = held[7] or held[9]
    found[#found + 1] = {id, held[1], held[2], held[3], held[4], held[5], held[6], queued, now - queued, held[8] or ''}
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found
