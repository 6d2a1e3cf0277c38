"""log p(y, parameters) and its gradient at points in stated coordinates: what engines are compared in."""
