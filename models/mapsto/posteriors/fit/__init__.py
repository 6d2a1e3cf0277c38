"""Does the model suit the data? Checks of the fit, judged in words; the certificate says nothing of that."""
