"""Three routes to one mode: scikit-learn's ridge, PyMC's MAP and a formula, on sklearn's diabetes table."""

from mapsto import Experiment, Normal, Problem, resolve_scales, run_script

# With sigma near the residual sd of least squares, this prior visibly pulls: alpha = 7.29.
ALPHA, NOISE_SD, PRIOR_SD = resolve_scales(noise_sd=54.0, prior_sd=20.0)


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    standardised = (X - X.mean()) / X.std(ddof=0)
    return Problem.from_rows(standardised, y, noise_sd=NOISE_SD, target="disease progression")


experiment = Experiment(
    name="three-routes",
    title="Three routes to one mode",
    question="Why is exp(-loss) two Gaussians, and where did the constants go?",
    answer=(
        "Minus the log posterior is the loss divided by 2σ², plus terms without w in them. Exponentiating the "
        "loss alone gives a function with the same peak but not the same width or height: the normalisers and the "
        "evidence were dropped because they do not move the peak, and 1/(2σ²) went into α = σ²/σ_w². Only that "
        "ratio is left in the loss, so it cannot give σ and σ_w back. Going the other way, from the log posterior "
        "to the loss, nothing is mysterious: drop what has no w in it, and multiply by 2σ²."
    ),
    data=diabetes,
    prior=Normal(scale=PRIOR_SD),
    order=1,
)

if __name__ == "__main__":
    run_script(__file__)
