"""The log densities of a model, in the coordinates that suit a sampler or a search for the mode."""

from mapsto.engines.pymc.kept import look_after_folders

look_after_folders()  # the modules in here import PyTensor
