"""Which prior a penalty assumes, whether the fit is its mode, and what uncertainty was left out."""
