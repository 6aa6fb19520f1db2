# SPDX-License-Identifier: BSL-1.0
"""What sample_results.hpp computes, in numpy, and the items that the tests write."""
import numpy as np

SHAPES = {"map": (50, 50), "small": (7, 13), "long": (1, 100003), "cube": (3, 4, 5), "none": (0, 5), "one": ()}


def mixed(shape):
    """Column name -> values, as mixed_of."""
    k = np.arange(int(np.prod(shape, dtype=np.int64)), dtype=np.int64)
    v = k.astype("<f8")
    matrix = ((k % 1000).astype("<f4")[:, None] + np.float32(0.25) * np.arange(6, dtype="<f4")).reshape(-1, 2, 3)
    field = np.empty(k.size, "<c16")
    field.real, field.imag = v * 0.3, -v
    return {
        "amplitude": (v * 0.1).reshape(shape),
        "good": (k % 3 == 0).reshape(shape),
        "small": (k % 256 - 128).astype("i1").reshape(shape),
        "matrix": matrix.reshape(shape + (2, 3)),
        "field": field.reshape(shape),
        "at.x": ((k % 5000).astype("<f4") * np.float32(0.5)).reshape(shape),
        "at.y": (v / 7).reshape(shape),
        "state": np.where(k % 2 == 0, 3, 500).astype("<u2").reshape(shape),
        "large": (k.astype("<u8") * np.uint64(1000000007)).reshape(shape),
    }


def same(found, expected, what):
    found = np.asarray(found)
    assert found.dtype == expected.dtype, f"{what}: type {found.dtype}, expected {expected.dtype}"
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    assert found.tobytes() == expected.tobytes(), f"{what}: values differ"
