"""From what a run found to the parts of its record."""
