"""Ridge along its penalty: the path, its formulas, and the choice of a penalty."""
