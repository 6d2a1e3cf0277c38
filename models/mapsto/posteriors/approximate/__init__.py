"""Posteriors that are approximate, and how far they are from the posterior."""
