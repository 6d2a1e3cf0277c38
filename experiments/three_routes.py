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
    about=mt.DIABETES_IN_WORDS,
    do=r"Take the loss for what it is: the log posterior without its constants, times $2\sigma^2$. Use it to find the "
    r"peak. "
    r"For a width, an interval or a comparison of models go back to the log posterior, with $\sigma$ and $\sigma_w$ "
    r"stated.",
    also=(
        r"Where did $1/(2\sigma^2)$ go?",
        r"Where did $1/(2\sigma_w^2)$ go, and what is $\alpha$?",
        "What are the "
        r"normalisers, and why are they dropped?",
        "What is the evidence?",
        r"Is $\exp(-J)$ the posterior?",
        "Which ratio does the mode depend on?",
        r"Is the prior's variance $1/\lambda$ or "
        r"$1/(2\lambda)$ in a given loss?",
        r"Can $\sigma$ and $\sigma_w$ be read back from the loss?",
        "What does the "
        r"Bayesian view add to the point estimate?",
        "What does a pass certify, and what does it not?",
    ),
)

if __name__ == "__main__":
    mt.run_script(__file__)
