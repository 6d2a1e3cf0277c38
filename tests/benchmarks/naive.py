"""What one writes without mapsto: Ridge, the posterior mode and NUTS side by side, compared by eye."""

import arviz as az
import pymc as pm
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

SIGMA, SIGMA_W = 54.0, 20.0


def main() -> None:
    """Fit the diabetes data three ways and print what each says."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X = (X - X.mean()) / X.std(ddof=0)

    ridge = Ridge(alpha=SIGMA**2 / SIGMA_W**2).fit(X, y)

    with pm.Model(coords={"feature": X.columns, "row": X.index}):
        w = pm.Normal("w", 0, SIGMA_W, dims="feature")
        b = pm.Flat("b")
        pm.Normal("y", b + X.to_numpy() @ w, SIGMA, observed=y, dims="row")
        mode = pm.find_MAP(progressbar=False)
        draws = pm.sample(1000, tune=1000, chains=4, random_seed=1, progressbar=False)

    print("Ridge", ridge.coef_, ridge.intercept_)
    print("MAP  ", mode["w"], mode["b"])
    print(az.summary(draws, var_names=["w", "b"]))


# PyMC may sample in processes that import this file again.
if __name__ == "__main__":
    main()
