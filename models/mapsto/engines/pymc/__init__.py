"""PyMC's log density of the model: its mode, and its draws by nutpie."""
