"""What a person's events say about them: habits, practice by skill, likely goals, the session at hand."""
