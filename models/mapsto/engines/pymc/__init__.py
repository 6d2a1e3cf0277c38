"""PyMC's log density of the model: its mode, and its draws by nutpie."""

import pytensor

# Numbers stay doubles: by default PyTensor keeps those that fit into fewer bits in single precision, and takes their
# logarithms there. The printed program sets the same.
pytensor.config.cast_policy = "numpy+floatX"
