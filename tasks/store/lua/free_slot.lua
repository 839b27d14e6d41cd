-- KEYS: slots, timings   ARGV: holder, timings kept, timing, ...
redis.call('ZREM', KEYS[1], ARGV[1])
if ARGV[3] then
  redis.call('LPUSH', KEYS[2], unpack(ARGV, 3))
  redis.call('LTRIM', KEYS[2], 0, ARGV[2] - 1)
end
return 1
