"""What the Interpolate page is made of: ends, ways between them, steps along one of them."""
