"""How long a job will compute: what tenants share fairly, and what an ETA is made of.

A linear model per backend whose five coefficients drift slowly, so they are tracked by a Kalman filter (Kalman 1960;
a random walk seen through one scalar measurement per job). It forgets exponentially, leaves alone what it does not
see, and one outlier moves a prediction by three standard deviations and never to more than its double.

What is learned from is `Metrics.compute_seconds`: the engine's time is divided among the rows of each batch when it
is spent, so a job that shared all its steps with seven others reports its eighth, not the time on the wall. Waiting in
the engine is not in it. Where batches are cheaper than their rows, predictions follow the batch sizes that occur.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import sqrt

from imagend.core.errors import BadSetting
from imagend.core.outcome import Metrics
from imagend.core.recipe import Recipe

LEAST_SECONDS = 1e-4
MOST_TIMES_PRIOR = 50.0  # a prediction stays between a fiftieth and fifty times of the prior's
MOST_BACKENDS = 64
NOISE = 0.25  # of a measurement, relative: a busy machine
DOUBT = 2.0  # of a prior coefficient, relative; also how much doubt there ever is
DRIFT = 3e-5  # share of the first variance that comes back with each job
SURPRISE = 0.01  # ... and with a job that was clipped
CLIP = 3.0  # standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Prior coefficients in seconds; see costs.toml."""

    job: float = 0.01
    evaluation: float = 0.01
    evaluation_megapixel: float = 0.02
    picture: float = 0.1
    megapixel: float = 0.2

    def __post_init__(self) -> None:
        if not all(0 <= value < float("inf") for value in self.vector) or not any(self.vector):
            raise BadSetting(f"costs must be seconds >= 0, and not all 0: {asdict(self)}")

    @property
    def vector(self) -> tuple[float, ...]:
        return self.job, self.evaluation, self.evaluation_megapixel, self.picture, self.megapixel


def read_costs(text: str) -> dict[str, Costs]:
    """{backend: costs} from the words of costs.toml. Raises BadSetting."""
    try:
        return {backend: Costs(**table) for backend, table in tomllib.loads(text).items()}
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise BadSetting(f"costs.toml: {error}") from error


def features(recipe: Recipe) -> tuple[float, ...]:
    """How often each coefficient counts."""
    megapixels = recipe.count * recipe.width * recipe.height / 2**20
    passes = recipe.steps * (1 if recipe.guidance_scale == 1 else 2)
    return 1.0, float(recipe.count * passes), megapixels * passes, float(recipe.count), megapixels


class Predictor:
    """Thread-safe. Holds 30 numbers per backend, whatever happens."""

    def __init__(self, costs: Mapping[str, Costs] | None = None) -> None:
        self._costs = dict(costs or {})
        self._filters: dict[str, _Filter] = {}
        self._lock = threading.Lock()

    def seconds(self, recipe: Recipe) -> float:
        """Predicted compute time of the whole job on one worker that has nothing else to do."""
        x = features(recipe)
        with self._lock:
            found = self._filters.get(recipe.backend)
            if found is not None:
                return found.predict(x)
        return max(LEAST_SECONDS, _dot(self._prior(recipe.backend).vector, x))

    def learn(self, recipe: Recipe, metrics: Metrics) -> None:
        """Take in a completed job. Metrics without a compute time teach nothing."""
        if not 0 < metrics.compute_seconds < float("inf"):
            return
        with self._lock:
            if recipe.backend not in self._filters and len(self._filters) < MOST_BACKENDS:
                self._filters[recipe.backend] = _Filter(self._prior(recipe.backend))
            if found := self._filters.get(recipe.backend):
                found.correct(features(recipe), metrics.compute_seconds)

    def _prior(self, backend: str) -> Costs:
        return self._costs.get(backend) or Costs()


class _Filter:
    """Mean and covariance of one backend's coefficients."""

    def __init__(self, prior: Costs) -> None:
        self._prior = prior.vector
        n = len(self._prior)
        self._mean = list(self._prior)
        self._most = [(DOUBT * value) ** 2 for value in self._prior]  # variance
        self._cov = [[self._most[i] if i == j else 0.0 for j in range(n)] for i in range(n)]

    def predict(self, x: Sequence[float]) -> float:
        prior = _dot(self._prior, x)
        bounded = min(max(_dot(self._mean, x), prior / MOST_TIMES_PRIOR), prior * MOST_TIMES_PRIOR)
        return max(LEAST_SECONDS, bounded)

    def correct(self, x: Sequence[float], measured: float) -> None:
        """One step of the filter. P: covariance, S: variance of the innovation, K: gain."""
        P_x = [_dot(row, x) for row in self._cov]
        expected = self.predict(x)
        S = _dot(P_x, x) + (NOISE * min(expected, measured)) ** 2 + LEAST_SECONDS**2
        bound = min(CLIP * sqrt(S), expected)
        innovation = min(max(measured - expected, -bound), bound)
        K = [value / S for value in P_x]
        self._mean = [max(0.0, mean + k * innovation) for mean, k in zip(self._mean, K, strict=True)]
        for i, j in product(range(len(K)), repeat=2):
            self._cov[i][j] -= K[i] * P_x[j]
        self._doubt(SURPRISE if abs(innovation) == bound else DRIFT)

    def _doubt(self, share: float) -> None:
        """Doubt grows with every job, more after a surprise, but never beyond what it was in the beginning."""
        for i, most in enumerate(self._most):
            self._cov[i][i] += min(share * most, max(0.0, most - self._cov[i][i]))


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
