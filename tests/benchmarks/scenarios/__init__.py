"""Scenarios, a file for each kind; a file that is here is part of the table."""
