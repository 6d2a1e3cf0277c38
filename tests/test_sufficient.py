from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapsto.data.accumulator import ROWS
from mapsto.data.statistics import SufficientStatistics
from mapsto.errors import BadInput
from mapsto.rounding import UNIT_ROUNDOFF, gamma

both = pytest.mark.parametrize("centred", [True, False])


def squeeze(X, y, centred=True):
    return SufficientStatistics.from_rows(np.asarray(X, float), np.asarray(y, float), centred=centred)


def raw_lengths(s):
    """Lengths of the columns of [X y] before centring: what rounding in the rows is relative to."""
    factor = np.vstack([np.column_stack([s.R, s.z]), np.append(np.zeros(s.p), np.sqrt(s.residual_sum_of_squares))])
    means = np.append(s.x_mean, s.y_mean)
    return np.sqrt((factor**2).sum(axis=0) + s.n * means**2)


def gram(s):
    """What the factor determines whatever the signs of its rows: the cross products of the centred [X y]."""
    top = np.column_stack([s.R, s.z])
    product = top.T @ top
    product[-1, -1] += s.residual_sum_of_squares
    return product


def differences(a, b):
    """Largest difference between two sets of statistics, in units of what rounding allows."""
    lengths = raw_lengths(a)
    # Householder QR errs by gamma(rows x columns) of each column's length (Higham 2002, theorem 19.4)
    allowed = gamma(4 * (a.n + a.p) * (a.p + 1)) * np.outer(lengths, lengths)
    allowed_mean = gamma(4 * a.n) * lengths / np.sqrt(a.n)
    means = np.abs(np.append(a.x_mean, a.y_mean) - np.append(b.x_mean, b.y_mean))
    with np.errstate(invalid="ignore"):
        ratios = np.concatenate([(np.abs(gram(a) - gram(b)) / allowed).ravel(), means / allowed_mean])
    return float(np.nanmax(ratios))


def assert_same(a, b):
    assert (a.n, a.p, a.centred) == (b.n, b.p, b.centred)
    assert differences(a, b) <= 1


def row_misfit(X, y, w, b):
    """The oracle: the rows, one by one, in exact rationals."""
    total = Fraction(0)
    for row, response in zip(X, y, strict=True):
        total += (Fraction(float(response)) - Fraction(float(b)) - exact_product(row, w)) ** 2
    return total


def exact_product(row, w):
    return sum(Fraction(float(x)) * Fraction(float(c)) for x, c in zip(row, w, strict=True))


@both
def test_the_misfit_is_that_of_the_rows(table, centred, rng):
    X, y = table
    s = squeeze(X, y, centred)
    for _ in range(5):
        w = rng.standard_normal(s.p) / np.abs(X).max(axis=0)
        b = rng.standard_normal() * centred
        exact = row_misfit(X, y, w, b)
        # a square errs by gamma times the square of the sizes that were added up in it
        size = raw_lengths(s) @ np.append(np.abs(w), 1.0) + np.sqrt(s.n) * abs(b)
        tolerance = gamma(4 * (s.n + s.p) * (s.p + 1)) * size**2
        assert abs(Fraction(s.misfit(w, b)) - exact) <= tolerance
        assert abs(Fraction(s.misfit(w * (1 + 1e-6), b)) - exact) > tolerance  # control
        assert abs(Fraction(s.misfit(w, b)) - row_misfit(X, y, w, b) * (1 + Fraction(1, 10**9))) > tolerance


def test_without_an_intercept_nothing_is_centred(tables):
    X, y = tables["tall"]
    s = squeeze(X, y, centred=False)
    assert (s.y_mean, s.x_mean.tolist()) == (0.0, [0.0] * s.p)
    assert s.best_intercept(np.ones(s.p)) == 0.0
    assert differences(s, squeeze(X, y)) > 1


def test_the_best_intercept_is_the_best(tables, rng):
    X, y = tables["tall"]
    s = squeeze(X, y)
    w = rng.standard_normal(s.p)
    b = s.best_intercept(w)
    residuals = y - X @ w
    size = np.abs(y).max() + (np.abs(X) @ np.abs(w)).max()
    assert abs(b - residuals.mean()) <= gamma(4 * s.n * s.p) * size
    # n * 0.1^2 more at either side, by Pythagoras: far above rounding
    assert s.misfit(w, b) < min(s.misfit(w, b - 0.1), s.misfit(w, b + 0.1))


@both
def test_the_shapes_are_those_documented(table, centred):
    X, y = table
    s = squeeze(X, y, centred)
    n, p = X.shape
    assert (s.n, s.p, s.R.shape, s.z.shape) == (n, p, (min(n, p), p), (min(n, p),))
    assert np.array_equal(s.R, np.triu(s.R))
    assert s.residual_sum_of_squares >= 0.0
    if n <= p:
        assert s.residual_sum_of_squares == 0.0


@both
def test_column_norms_are_those_of_the_columns(table, centred):
    X, y = table
    s = squeeze(X, y, centred)
    expected = np.linalg.norm(X - X.mean(axis=0) if centred else X, axis=0)
    tolerance = gamma(4 * (s.n + s.p) * (s.p + 1)) * raw_lengths(s)[:-1]
    assert (np.abs(s.column_norms - expected) <= tolerance).all()


@both
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 30),
    p=st.integers(1, 6),
    shift=st.sampled_from([0, 10, 1e4]),
)
def test_merging_is_the_same_as_all_rows_at_once(centred, seed, n, p, shift):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, p)) + shift, rng.standard_normal(n) - shift
    cut = int(rng.integers(1, n))
    a, b, whole = (
        squeeze(X[:cut], y[:cut], centred),
        squeeze(X[cut:], y[cut:], centred),
        squeeze(X, y, centred),
    )
    assert_same(whole, a + b)
    assert_same(whole, b + a)
    assert differences(whole, a) > 1  # control: half of the rows is something else


@both
@given(seed=st.integers(0, 2**32 - 1), sizes=st.tuples(*[st.integers(1, 12)] * 3), p=st.integers(1, 5))
def test_merging_is_associative_and_commutative(centred, seed, sizes, p):
    rng = np.random.default_rng(seed)
    a, b, c = (squeeze(rng.standard_normal((n, p)) + 1, rng.standard_normal(n), centred) for n in sizes)
    assert_same((a + b) + c, a + (b + c))
    assert_same((a + b) + c, (c + b) + a)


def test_a_merge_that_forgets_the_gap_between_the_means_is_caught(tables):
    X, y = tables["tall"]
    a, b = squeeze(X[:25], y[:25]), squeeze(X[25:], y[25:])
    stacked = np.vstack([a.factor(), b.factor()])  # no row for the gap
    means = np.append((a.n * a.x_mean + b.n * b.x_mean) / 40, (a.n * a.y_mean + b.n * b.y_mean) / 40)
    forgetful = SufficientStatistics.from_factor(40, means, np.linalg.qr(stacked, mode="r"), True, 40.0)
    assert differences(squeeze(X, y), forgetful) > 1
    assert_same(squeeze(X, y), a + b)


@both
def test_blocks_are_the_same_as_one_table(centred, rng):
    n = 2 * ROWS + 17
    X, y = rng.standard_normal((n, 3)) + 5, rng.standard_normal(n)
    T = np.column_stack([X, y])
    means = T.mean(axis=0) if centred else np.zeros(4)
    one = SufficientStatistics.from_factor(n, means, np.linalg.qr(T - means, mode="r"), centred, float(n))
    assert_same(one, squeeze(X, y, centred))
    uneven = np.split(np.arange(n), [1, 2, 40, 3000, 9000])
    assert_same(one, SufficientStatistics.from_blocks(((X[i], y[i]) for i in uneven), centred=centred))


@both
def test_a_wide_table_row_by_row(tables, centred):
    X, y = tables["wide"]
    blocks = ((X[i : i + 1], y[i : i + 1]) for i in range(len(y)))
    rows = SufficientStatistics.from_blocks(blocks, centred=centred)
    assert_same(squeeze(X, y, centred), rows)


def test_statistics_that_do_not_belong_together_are_refused(tables):
    X, y = tables["tall"]
    with pytest.raises(ValueError, match="cannot be merged"):
        squeeze(X, y) + squeeze(X[:, :2], y)
    with pytest.raises(ValueError, match="cannot be merged"):
        squeeze(X, y) + squeeze(X, y, centred=False)


def exact_solve(A, c):
    """Gauss elimination over the rationals."""
    rows = [[*row, value] for row, value in zip(A, c, strict=True)]
    for i in range(len(rows)):
        pivot = next(k for k in range(i, len(rows)) if rows[k][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(len(rows)):
            if k != i:
                rows[k] = [u - rows[k][i] * v for u, v in zip(rows[k], rows[i], strict=True)]
    return [row[-1] for row in rows]


def test_pythagoras_in_exact_rationals():
    X = [[1, 2], [3, 5], [4, 4], [0, 1], [7, -2]]
    y = [1, 2, 4, 3, -6]
    n = len(y)
    x_mean = [Fraction(sum(column), n) for column in zip(*X, strict=True)]
    y_mean = Fraction(sum(y), n)
    A = [[x - m for x, m in zip(row, x_mean, strict=True)] for row in X]
    c = [value - y_mean for value in y]
    gram_exact = [[sum(row[j] * row[k] for row in A) for k in range(2)] for j in range(2)]
    ols = exact_solve(gram_exact, [sum(row[j] * v for row, v in zip(A, c, strict=True)) for j in range(2)])
    residual_sum_of_squares = sum((v - row[0] * ols[0] - row[1] * ols[1]) ** 2 for row, v in zip(A, c, strict=True))

    s = squeeze(X, y)
    size = float(raw_lengths(s) @ raw_lengths(s))
    tolerance = gamma(4 * (n + 2) * 3) * size
    assert abs(Fraction(s.residual_sum_of_squares) - residual_sum_of_squares) <= tolerance
    for w, b in [((0, 0), 0), ((2, -3), 5), ((-1, 1), -2)]:
        step = [w[j] - ols[j] for j in range(2)]
        along = sum(step[j] * gram_exact[j][k] * step[k] for j in range(2) for k in range(2))
        gap = y_mean - b - x_mean[0] * w[0] - x_mean[1] * w[1]
        direct = row_misfit(X, y, w, b)
        assert direct == residual_sum_of_squares + along + n * gap**2  # the identity, with no rounding at all
        assert direct != residual_sum_of_squares + along + gap**2  # control: the factor n
        scale = (1 + abs(w[0]) + abs(w[1]) + abs(b)) ** 2
        assert abs(Fraction(s.misfit(np.array(w, float), float(b))) - direct) <= tolerance * scale


@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_orthogonal_factors_keep_the_digits_that_normal_equations_lose(blocks):
    # Laeuchli's matrix: cond = sqrt(3) / eps, and eps^2 is all that tells the columns of X'X apart
    eps = 1e-7  # no power of two, whose square would round to nothing and cost no digit
    X = np.vstack([np.ones((1, 3)), eps * np.eye(3)])
    w = np.array([1.0, 2.0, -1.0])
    y = X @ w  # exact in doubles, so w is the exact answer
    assert [Fraction(v) for v in y] != [exact_product(row, w * (1 + 2.0**-52)) for row in X]
    assert [Fraction(v) for v in y] == [exact_product(row, w) for row in X]
    parts = zip(np.split(X, blocks), np.split(y, blocks), strict=True)
    s = SufficientStatistics.from_blocks(parts, centred=False)
    condition = np.sqrt(3 + eps**2) / eps
    tolerance = gamma(4 * X.size) * condition * np.linalg.norm(w)
    assert np.linalg.norm(np.linalg.solve(s.R, s.z) - w) <= tolerance
    assert tolerance < 1e-6  # seven digits are promised, and ...
    try:
        by_normal_equations = np.linalg.solve(X.T @ X, X.T @ y)
    except np.linalg.LinAlgError:
        by_normal_equations = np.zeros(3)  # singular to working accuracy: no digit at all
    assert np.linalg.norm(by_normal_equations - w) > tolerance  # ... the normal equations cannot keep them


CERTIFIED = {
    "GNPDEFL": 15.0618722713733,
    "GNP": -0.358191792925910e-01,
    "UNEMP": -2.02022980381683,
    "ARMED": -1.03322686717359,
    "POP": -0.511041056535807e-01,
    "YEAR": 1829.15146461355,
}


def test_longley_against_the_certified_values():
    from statsmodels.datasets import longley

    data = longley.load_pandas()
    X, y = data.exog[list(CERTIFIED)].to_numpy(), data.endog.to_numpy()
    s = squeeze(X, y)
    w = np.linalg.solve(s.R, s.z)
    certified, intercept = np.array(list(CERTIFIED.values())), -3482258.63459582

    # Wedin's first-order bound (Higham 2002, section 20.1), coefficient by coefficient: a column that errs by
    # gamma times its length moves w by A^+ (dA w + dy), and by (A'A)^-1 dA' r
    inverse = np.linalg.inv(s.R)
    lengths = raw_lengths(s)
    moved = lengths[:-1] @ np.abs(certified) + lengths[-1]
    turned = np.abs(inverse @ inverse.T) @ lengths[:-1] * np.sqrt(s.residual_sum_of_squares)
    tolerance = gamma(s.n * s.p) * (np.linalg.norm(inverse, axis=1) * moved + turned)
    assert (np.abs(w - certified) <= tolerance).all()
    assert (tolerance < 1e-7 * np.abs(certified)).all()  # so that at least seven digits were compared
    assert abs(s.best_intercept(w) - intercept) <= np.abs(s.x_mean) @ tolerance + gamma(s.p) * abs(intercept)

    # control: the normal equations of the uncentred table, as a textbook would have them
    A = np.column_stack([np.ones(s.n), X])
    assert (np.abs(np.linalg.solve(A.T @ A, A.T @ y)[1:] - certified) > tolerance).any()
    # control: certified values off by one part in ten million
    assert (np.abs(w - certified * (1 + 1e-7)) > tolerance).all()


def test_a_far_away_mean_costs_no_more_than_its_size(rng):
    X, y = rng.integers(-5, 6, (20, 2)).astype(float), rng.integers(-5, 6, 20).astype(float)
    near, far = squeeze(X, y), squeeze(X + 2.0**30, y)  # the shift is exact in doubles
    allowed = gamma(100) * 2.0**30 * np.sqrt(20) * raw_lengths(near)[0]
    assert np.abs(gram(far) - gram(near)).max() <= allowed
    naive = (X + 2.0**30).T @ (X + 2.0**30) - 20 * np.outer((X + 2.0**30).mean(0), (X + 2.0**30).mean(0))
    assert np.abs(naive - gram(near)[:2, :2]).max() > allowed  # control: sums of squares less n mean^2
    assert UNIT_ROUNDOFF * (2.0**30) ** 2 > 1  # which had to fail


def four_blocks(weights=True):
    rng = np.random.default_rng(4)
    return [
        [rng.standard_normal((rows, 2)), rng.standard_normal(rows), *([rng.uniform(1, 2, rows)] * weights)]
        for rows in (2000, 2000, 0, 2000)
    ]


def planted(part, value):
    def plant(block):
        block[part].flat[7] = value

    return plant


def reshaped(part, make):
    def plant(block):
        block[part] = make(block[part])

    return plant


FAULTS = {
    "NaN in X": (planted(0, np.nan), "X of block 3 (rows 4000 to 5999) holds NaN or infinity"),
    "infinity in X": (planted(0, -np.inf), "X of block 3 (rows 4000 to 5999) holds NaN or infinity"),
    "NaN in y": (planted(1, np.nan), "y of block 3 (rows 4000 to 5999) holds NaN or infinity"),
    "infinity in y": (planted(1, np.inf), "y of block 3 (rows 4000 to 5999) holds NaN or infinity"),
    "NaN in weights": (planted(2, np.nan), "weights of block 3 (rows 4000 to 5999) holds NaN or infinity"),
    "too large": (planted(0, -1e80), "X of block 3 (rows 4000 to 5999) holds a value of 1e+80"),
    "weight 0": (planted(2, 0.0), "weights of block 3 (rows 4000 to 5999) hold 0; expected numbers above zero"),
    "weight below 0": (planted(2, -1.0), "weights of block 3 (rows 4000 to 5999) hold -1"),
    "one dimension": (reshaped(0, lambda X: X[:, 0]), "X of block 3 (rows 4000 to 5999) has shape (2000,)"),
    "no column": (reshaped(0, lambda X: X[:, :0]), "X of block 3 (rows 4000 to 5999) has shape (2000, 0)"),
    "more columns": (
        reshaped(0, lambda X: X[:, [0, 1, 1]]),
        "block 3 (rows 4000 to 5999) has 3 columns and the first has 2",
    ),
    "y too short": (reshaped(1, lambda y: y[:5]), "has shape (5,) for 2000 rows"),
    "y as a column": (reshaped(1, lambda y: y[:, np.newaxis]), "y of block 3 (rows 4000 to 5999) has shape (2000, 1)"),
    "weights too short": (reshaped(2, lambda q: q[:5]), "weights of block 3 (rows 4000 to 5999) has shape (5,)"),
    "text": (reshaped(1, lambda y: ["a"] * len(y)), "block 3 (from row 4000) holds values that are not numbers"),
    "ragged": (reshaped(0, lambda X: [[1.0], [1.0, 2.0]]), "block 3 (from row 4000) holds values that are not numbers"),
    "X alone": (lambda block: block.__delitem__(slice(1, None)), "block 3 (from row 4000) is a list"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_block_that_cannot_be_used_is_named(fault):
    plant, words = FAULTS[fault]
    blocks = four_blocks()
    assert SufficientStatistics.from_blocks(map(tuple, blocks), centred=True).n == 6000  # control: fine without
    plant(blocks[3])
    with pytest.raises(BadInput) as refused:
        SufficientStatistics.from_blocks(iter(blocks), centred=True)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_lists_of_numbers_are_blocks_too():
    s = SufficientStatistics.from_blocks([([[1, 2], [3, 5]], [1, 2]), ([[4, 4]], [0])], centred=False)
    assert_same(s, squeeze([[1, 2], [3, 5], [4, 4]], [1, 2, 0], centred=False))
