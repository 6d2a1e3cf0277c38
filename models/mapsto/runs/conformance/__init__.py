"""The whole conformance suite of a plug-in: what ``mapsto check`` asks, and what the tests ask of those that ship."""
