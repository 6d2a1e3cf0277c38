"""Gaussian posteriors from one factorisation that many of them share, or that needs no p by p matrix."""
