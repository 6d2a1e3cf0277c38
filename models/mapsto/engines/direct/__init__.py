"""The mode from our own formulas, by methods that share nothing with the other engines."""
