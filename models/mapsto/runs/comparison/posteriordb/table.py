"""Which of posteriordb's regressions are stated, and which are not and why, as a table of the documents."""

from __future__ import annotations

from mapsto.runs.comparison.posteriordb.models import CANNOT, MODELS

FLAT, CAUCHY = "flat slopes, intercept and sigma", "flat slopes and intercept, sigma half-Cauchy(2.5)"
LOGISTIC = "flat slopes and intercept, Bernoulli"
SAID = {
    "blr": "slopes Normal(0, 10), sigma half-normal(10), no intercept",
    "kilpisjarvi": "slope and intercept Normal with means and sds of the data, sigma flat; a column of ones",
    "radon_pooled": "slope and intercept Normal(0, 10), sigma half-normal(1); a column of ones",
    "dogs": "all Normal(0, 100), Bernoulli; a column of ones",
    "GLM_Binomial_model": "all Normal(0, 100), binomial; a column of ones",
} | dict.fromkeys(("kidscore_momhs", "kidscore_momiq", "kidscore_momhsiq", "kidscore_interaction"), CAUCHY)
POSTERIORS = {
    "kidscore_momhs": ("kidiq",),
    "kidscore_momiq": ("kidiq",),
    "kidscore_momhsiq": ("kidiq",),
    "kidscore_interaction": ("kidiq",),
    "kidscore_interaction_c": ("kidiq_with_mom_work",),
    "kidscore_interaction_c2": ("kidiq_with_mom_work",),
    "kidscore_interaction_z": ("kidiq_with_mom_work",),
    "kidscore_mom_work": ("kidiq_with_mom_work",),
    "nes": tuple(f"nes{year}" for year in (1972, 1976, 1980, 1984, 1988, 1992, 1996, 2000)),
    "sesame_one_pred_a": ("sesame_data",),
    "blr": ("sblri", "sblrc"),
    "kilpisjarvi": ("kilpisjarvi_mod",),
    "radon_pooled": ("radon_all", "radon_mn"),
    "GLM_Binomial_model": ("GLM_Binomial_data",),
    "nes_logit_model": ("nes_logit_data",),
    "dogs": ("dogs",),
    "diamonds": ("diamonds",),
    "GLMM_Poisson_model": ("GLMM_Poisson_data",),
    "logistic_regression_rhs": ("ovarian", "prostate"),
    "GLM_Poisson_model": ("GLM_Poisson_Data",),
}
WITHOUT_DRAWS = {"GLM_Binomial_model", "wells_daae_c_model"}
"""Those for which posteriordb has no reference draws."""
TRIED = {
    "blr": "sblri: its means, by the exact posterior",
}
"""What was compared with posteriordb's own numbers, and by what."""


def markdown_table() -> str:
    """The table in Markdown, a line for each model."""
    lines = ["| model | data | in mapsto's terms | answer | reference compared |", "|---|---|---|---|---|"]
    for model in sorted(MODELS, key=str.lower):
        logistic = model.startswith("wells") or model in ("dogs", "nes_logit_model", "GLM_Binomial_model")
        said = SAID.get(model, LOGISTIC if logistic else FLAT)
        tried = TRIED.get(model, "none in posteriordb" if model in WITHOUT_DRAWS else "name its files")
        answer = "a long run of NUTS" if logistic else "exact"
        lines.append(f"| `{model}` | {', '.join(_data(model))} | {said} | {answer} | {tried} |")
    lines += [f"| `{model}` | {', '.join(_data(model))} | not stated: {why} | | |" for model, why in CANNOT.items()]
    return "\n".join(lines) + "\n"


def _data(model: str) -> tuple[str, ...]:
    if model in POSTERIORS:
        return POSTERIORS[model]
    return ("mesquite",) if "mesquite" in model else ("wells_data",) if model.startswith("wells") else ("earnings",)
