"""What draws say on the scale of the response, where a link function stands between it and the linear predictor."""
