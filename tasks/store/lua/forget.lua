-- KEYS: jobs of a person, leases, channel, channel of the outdated, outbox
-- ARGV: job prefix, answer prefix, in_flight prefix, stale prefix, person, jobs too
-- Job and answer keys follow from the ids that are found: this needs one server, not a cluster.
local found = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local job = ARGV[1] .. id
  local held = redis.call('HMGET', job, 'state', 'fingerprint', 'callbacks')
  if held[1] then found = found + 1 end
  if held[2] then redis.call('DEL', ARGV[2] .. held[2], ARGV[4] .. held[2]) end
  if ARGV[6] == '1' and held[1] then
    if not ENDED[held[1]] then settle(job, KEYS[2], ARGV[3] .. held[2], KEYS[3], id, 1) end
    for callback in string.gmatch(held[3] or '', '[^\n]+') do redis.call('HDEL', KEYS[5], callback .. ' ' .. id) end
    redis.call('DEL', job)
  end
end
if ARGV[6] == '1' then redis.call('DEL', KEYS[1]) end
redis.call('PUBLISH', KEYS[4], ARGV[5])
return found
