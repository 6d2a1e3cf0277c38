"""Simulation-based calibration of posteriors and of what stands in for them: who is calibrated, and who is not."""
