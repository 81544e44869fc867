"""Write tests/data/published_schedulers.npz: what diffusers does, for tests that run without it.

python -m tests.torch.record
"""

from __future__ import annotations

import diffusers
import numpy as np

from tests.engine.published import CASES, RECORDED, RECORDED_STEPS, Case
from tests.torch import published_runs


def record(case: Case) -> dict[str, np.ndarray]:
    """Everything of one case, end to end over its step counts."""
    counts = [steps for steps in RECORDED_STEPS if steps in case.steps]
    schedulers = [published_runs.scheduler(case, steps) for steps in counts]
    return {
        "steps": np.array(counts, np.int16),
        "times": np.concatenate([made.timesteps.numpy() for made in schedulers]).astype(np.float32),
        "sigmas": np.concatenate([published_runs.sigmas(made) for made in schedulers]).astype(np.float32),
        "finals": np.stack([published_runs.final(case, steps) for steps in counts]),
    }


def main() -> None:
    arrays = {f"{case.name}/{key}": value for case in CASES for key, value in record(case).items()}
    arrays["diffusers"] = np.array(diffusers.__version__)
    np.savez_compressed(RECORDED, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
