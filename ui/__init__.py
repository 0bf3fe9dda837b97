"""What the pages share: state and links, caches, figures, pictures, the loupe."""
