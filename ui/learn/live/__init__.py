"""Live sides that are too long to stand beside the text of their lesson."""
