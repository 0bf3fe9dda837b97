"""What the lessons compute: once, for everyone, in bounded caches keyed by plain values."""
