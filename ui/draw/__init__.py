"""The Draw page: one picture of the visitor's own, on the map and back."""
