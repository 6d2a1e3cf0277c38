"""Estimates and draws become a certificate: a tuple of named checks, whose every tolerance comes from the numbers."""

from mapsto.certificate.checks import Certificate, Check
from mapsto.certificate.conditioning import Conditioning, backward_error, gradient_parts
from mapsto.certificate.consistency import noise_prior_checks, prior_check_at_draws, prior_checks
from mapsto.certificate.densities import cancelling_parts, ledger_checks, parts_of_noise_prior, rows_check
from mapsto.certificate.draws import FALSE_ALARM, draws_checks, exact_moments
from mapsto.certificate.modes import agreed_digits, is_local_maximum, mode_checks, mode_is_highest
from mapsto.certificate.rows import likelihood_checks
from mapsto.certificate.score import score_checks

__all__ = [
    "FALSE_ALARM",
    "Certificate",
    "Check",
    "Conditioning",
    "agreed_digits",
    "backward_error",
    "cancelling_parts",
    "draws_checks",
    "exact_moments",
    "gradient_parts",
    "is_local_maximum",
    "ledger_checks",
    "likelihood_checks",
    "mode_checks",
    "mode_is_highest",
    "noise_prior_checks",
    "parts_of_noise_prior",
    "prior_check_at_draws",
    "prior_checks",
    "rows_check",
    "score_checks",
]
