"""Engines compared on one posterior: the equality gate first, then draws, each repeat on its own."""
