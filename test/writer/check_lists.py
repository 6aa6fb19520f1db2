#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Opens what list_outputs wrote, with h5py and zarr-python, and compares with formulae in numpy.

    check_lists.py FOLDER OUTPUTS
"""
import pathlib
import re
import sys

import h5py
import numpy as np
import zarr


def lengths(items, seed):
    """Of the lists of sample_lists.hpp."""
    mixed = (np.arange(items, dtype=np.uint64) * 0x9E3779B1 + seed) % 2**32
    length = (mixed >> 16) % 41
    length = np.where(mixed % 97 == 5, 20_000 + (mixed >> 20), length)
    length[3:4] = 100_001
    return mixed, length


def check(group, attributes, shape, what):
    offsets, values = group["offsets"][...], group["values"][...]
    assert offsets.dtype == np.uint64 and values.dtype == np.float64, what
    items = int(np.prod(shape))
    mixed, length = lengths(items, int(attributes["seed"]))
    if attributes["empty"]:
        length = np.zeros_like(length)
    expected = np.concatenate([[0], np.cumsum(length)]).astype(np.uint64)
    assert np.array_equal(offsets, expected), what
    assert values.shape == (int(expected[-1]),), what
    for i in range(items):
        k = np.arange(int(length[i]), dtype=np.float64)
        assert np.array_equal(values[int(offsets[i]):int(offsets[i + 1])], float(mixed[i]) + 0.25 * k), f"{what}, item {i}"
    assert attributes["complete"] == 1, what
    assert dict(group["values"].attrs)["units"] == "V", what
    assert attributes["source"] == f"range of {items} items in memory", what
    if len(shape) > 1:
        assert list(attributes["item_shape"]) == list(shape), what
    else:
        assert "item_shape" not in attributes, what


def main():
    seen = 0
    folder = pathlib.Path(sys.argv[1])
    for path in sorted(folder.iterdir()):
        shape = tuple(int(n) for n in re.match(r"\d+( x \d+)*", path.stem)[0].split(" x "))
        if path.suffix == ".h5":
            with h5py.File(path) as file:
                assert sorted(file["peaks"]) == ["offsets", "values"]
                check(file["peaks"], dict(file["peaks"].attrs), shape, path)
                values = file["peaks/values"]
                assert values.compression == ("gzip" if " compressed" in path.stem and values.size else None), path
                if values.size > 100_000 and values.compression:
                    assert values.id.get_storage_size() < values.nbytes / 2, path
        elif path.suffix == ".zarr":
            group = zarr.open_group(path, mode="r")
            assert sorted(group) == ["offsets", "values"]
            check(group, dict(group.attrs), shape, path)
        else:
            sys.exit(f"{path} should not be there")
        seen += 1
    assert seen == int(sys.argv[2]), seen
    print(f"{seen} outputs agree")


main()
