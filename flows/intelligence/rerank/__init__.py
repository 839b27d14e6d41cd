"""A language model's say in the order of what rules have ranked: asked where it helps, and bounded."""
