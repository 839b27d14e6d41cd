"""Planning the rest of a path anew: done weeks stay, and what is left moves as little as it can."""
