"""What the lessons "Spot the bug" share: tiny models with a flaw and cured, and their steps."""
