"""Numbers that describe a trained model; each says its unit, range and direction."""
