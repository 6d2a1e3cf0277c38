"""The log densities of a model, in the coordinates that suit a sampler or a search for the mode."""
