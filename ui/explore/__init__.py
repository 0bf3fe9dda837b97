"""What only the Explore page has: its choices, its panels, what one can take home."""
