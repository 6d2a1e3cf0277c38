"""Simulation-based calibration: are the ranks of true values among posterior draws uniform?"""
