"""Three engines, one mode: scikit-learn's ridge, PyMC's MAP and a formula, on sklearn's diabetes table."""

import mapsto as mt

experiment = mt.Experiment(
    name="three-routes",
    title="Several engines, one mode",
    question=r"Why is $\exp(-\text{loss})$ two Gaussians, and where did the constants go?",
    answer=(
        r"Minus the log posterior is the loss divided by $2\sigma^2$, plus terms without $w$ in them. Exponentiating "
        "the loss alone gives a function with the same peak but not the same width or height: the normalisers and the "
        r"evidence were dropped because they do not move the peak, and $1/(2\sigma^2)$ went into $\alpha = "
        r"\sigma^2/\sigma_w^2$. Only that ratio is left in the loss, so it cannot give $\sigma$ and $\sigma_w$ back. "
        "Going the other way, from the log posterior to the loss, nothing is mysterious: drop what has no $w$ in it, "
        r"and multiply by $2\sigma^2$."
    ),
    data=mt.diabetes,  # σ = 54, near the residual sd of least squares
    prior=mt.Normal(scale=20.0),  # σ_w: visibly pulls, for α = 54² / 20² = 7.29
)

if __name__ == "__main__":
    mt.run_script(__file__)
