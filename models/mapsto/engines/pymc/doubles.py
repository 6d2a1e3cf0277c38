"""PyTensor keeps numbers in double precision once this has been imported.

By default it stores those that fit into fewer bits in single precision, and takes their logarithms there. The printed
program sets the same.
"""

import pytensor

pytensor.config.cast_policy = "numpy+floatX"
