"""One list from many sources: candidates of every kind, ranked for one person by one function."""
