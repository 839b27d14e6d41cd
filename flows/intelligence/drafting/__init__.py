"""Prompts and questions that a language model drafts: asked for, read, checked, and used once accepted."""
