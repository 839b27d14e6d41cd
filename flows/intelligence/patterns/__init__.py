"""Pattern-based machine learning over behaviour: what people do next, what they do together, which
errors come back and what resolved them; per person, per organisation and over all of them.

::

    Event -> step -> event_log -> observations -> tallies -> table -> candidates, resolutions
             what    bounded,     occurrences    exact      one      what to do next,
             is kept mergeable    of patterns    counts     scope    what worked before

``miner`` holds the log and mines the tables; ``in_process`` answers from them behind ``port``.
"""
