"""Random choices that the cases are made of. Everything a run compares follows from one seed."""

from __future__ import annotations

from typing import Any

import numpy as np

Case = dict[str, Any]  # a JSON object; mindspore_side.py says which ones there are


class Draw:
    """Draws from one generator, so that a seed repeats a run."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def one_of(self, *choices: Any) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return int(self.random.integers(low, high, endpoint=True))

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def number(self, low: float, high: float) -> float:
        """Short, so that a failing case can be read."""
        return round(float(self.random.uniform(low, high)), 3)

    def sigma(self) -> float:
        return float(10 ** self.random.uniform(-4, 2))

    def size(self) -> int:
        return self.one_of(1, 2, 3, 4, 5, 7, 16, 1000, self.whole(1, 50_000))

    def seed(self) -> int:
        return self.one_of(0, 1, 2**32 - 1, self.whole(0, 2**32 - 1))

    def key(self) -> int:
        near = self.whole(1, 50)
        return self.one_of(near, 2**63 - near, 2**32 - near, 2**32 + near, self.whole(1, 2**63 - 1))

    def weight(self) -> str:
        """A weight_init for weights of two or more dimensions."""
        return self.one_of(
            *("None", "'normal'", "'xavier_uniform'", "'HeUniform'", "TruncatedNormal(0.02)", "HeNormal()"),
            *("0.5", f"Normal({self.number(0.1, 2)}, 0.1)", f"XavierNormal({self.number(0.1, 2)})"),
            "VarianceScaling(2.0, 'fan_avg', 'untruncated_normal')",
        )

    def vector(self) -> str:
        """An initializer for biases and scales."""
        return self.one_of("'normal'", "'uniform'", "'ones'", "'zeros'", "0.3", "Uniform(0.5)", "Normal(1.0)")

    def dtype(self) -> str:
        """Mostly float32, the one in which every operator of MindSpore's runs on a CPU."""
        return self.one_of(*["float32"] * 5, "float16", "float64", "bfloat16")


def layer(cell: str, *inputs: Any, train: bool = False, **more: Any) -> Case:
    """A layer to be built and called with the inputs, twice if it trains; without inputs it is only built."""
    return {"cell": cell, "inputs": list(inputs), "train": train, **more}
