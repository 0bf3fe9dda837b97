"""The Arithmetic page: one group of images minus another, added to an image."""
