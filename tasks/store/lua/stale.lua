-- KEYS: stale   ARGV: job prefix
return stale_answer(KEYS[1], ARGV[1])
