"""Experiments and what they teach."""
