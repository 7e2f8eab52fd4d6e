"""perezvon.toml: what a shop can change without code. `model` is what the flows see of it."""
