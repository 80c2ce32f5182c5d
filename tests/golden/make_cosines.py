"""Makes cosines.json: series, and the test of equally weighted cosines of each by NumPy and SciPy.

    make_cosines.py > cosines.json

The cosines are SciPy's orthonormal discrete cosine transform, not a sum over the formula."""
import json

import numpy as np
import scipy
from scipy import fft, stats


def cosines(n):
    """max(2, floor(0.41 n^(2/3))), at most n - 1, in whole numbers."""
    b = 0
    while (b + 1) ** 3 * 10 ** 6 <= 41 ** 3 * n * n:
        b += 1
    return min(max(b, 2), n - 1)


def test(x):
    n, mean = len(x), x.mean()
    b = cosines(n)
    omega = np.mean(fft.dct(x, norm="ortho")[1:b + 1] ** 2)
    t = mean / np.sqrt(omega / n)
    half = stats.t.ppf(0.975, b) * np.sqrt(omega / n)
    centred = x - mean
    return {"df": b, "t": t, "p": 2 * stats.t.sf(abs(t), b), "ci95": [mean - half, mean + half],
            "lag1": (centred[1:] @ centred[:-1]) / (centred @ centred),
            "n_effective": min(n, n * x.var(ddof=1) / omega)}


def autoregressive(n, phi, shift, rng, draw):
    noise = draw(rng, n + 200)
    x = np.zeros(n + 200)
    for i in range(1, len(x)):
        x[i] = phi * x[i - 1] + noise[i]
    return x[200:] * np.sqrt(1 - phi ** 2) + shift


def normal(rng, n):
    return rng.standard_normal(n)


def skewed(rng, n):
    return rng.exponential(size=n) - 1


def main():
    rng = np.random.default_rng(22)
    series = {}
    for n, phi, shift, draw in ((8, 0, 1, normal), (9, 0.5, 0, normal), (20, -0.5, 0.2, normal),
                                (31, 0.9, 0, normal), (69, 0, 0.5, normal), (69, 0.6, 0, skewed),
                                (128, 0.3, 0.2, skewed), (127, 0, 2, normal),
                                (500, 0.6, 0.1, normal)):
        series[f"n {n}, phi {phi}, {draw.__name__}"] = autoregressive(n, phi, shift, rng, draw)
    series["lognormal tails"] = np.exp(2 * rng.standard_normal(69)) * rng.choice([-1, 1], 69)
    series["a ramp"] = np.arange(40.0)
    series["one outlier"] = np.where(np.arange(50) == 17, 30.0, rng.standard_normal(50))
    series = {name: np.round(x, 6) for name, x in series.items()}
    print(f'{{"made_with": "numpy {np.__version__}, SciPy {scipy.__version__}",\n"series": {{')
    print(",\n".join(f"{json.dumps(name)}: {json.dumps({'x': list(x), 'want': test(x)})}"
                     for name, x in series.items()) + "}}")


if __name__ == "__main__":
    main()
