"""Images of one's own: brought from the page, looked at, kept, and deleted again."""
