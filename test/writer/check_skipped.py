#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Opens what skipped_outputs_mpi wrote, with h5py and zarr-python, and compares with formulae in numpy.

    check_skipped.py FOLDER
"""
import pathlib
import sys

import h5py
import numpy as np
import zarr

ITEMS = np.arange(60 * 50)
FAILED = (ITEMS % 11 == 4) | (ITEMS == 0)


def check_attributes(attributes, what):
    assert attributes["complete"] == 1, what
    assert attributes["failed"] == FAILED.sum(), what
    named = np.asarray(attributes["failed_items"], np.uint64)
    assert np.array_equal(named[named != 2**64 - 1], np.flatnonzero(FAILED)), what  # the rest fills up


def check_fits(of, what):
    number, single = ITEMS.astype(np.float64), ITEMS.astype(np.float32)
    right = {
        "value": np.where(FAILED, np.nan, np.sqrt(number)),
        "steps": np.where(FAILED, 0, ITEMS),
        "shape": np.where(FAILED[:, None], np.float32(np.nan), np.stack([single, single / np.float32(3), -single], axis=1)),
        "phase": np.where(FAILED, complex(np.nan, np.nan), number - 1j * number),
        "good": ~FAILED,
    }
    for name, values in right.items():
        found = of(name)
        assert found.dtype == (np.int32 if name == "steps" else values.dtype), f"{what}: {name}"
        values = values.reshape((60, 50) + values.shape[1:]).astype(found.dtype)
        assert np.array_equal(found, values, equal_nan=found.dtype.kind in "fc"), f"{what}: {name}"


def check_lists(group, what):
    lengths = np.where(FAILED, 0, ITEMS % 5)
    assert np.array_equal(group["offsets"][...], np.concatenate([[0], np.cumsum(lengths)])), what
    assert np.array_equal(group["values"][...], np.repeat(ITEMS, lengths)), what


def main():
    seen = 0
    for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if path.suffix == ".h5":
            with h5py.File(path) as file:
                fits = file["fits"]
                check_attributes(dict(fits.attrs), path)
                if "lists" in path.stem:
                    check_lists(fits, path)
                else:
                    check_fits((lambda name: fits[...][name]) if path.stem == "compound" else (lambda name: fits[name][...]), path)
                    assert fits.attrs["parameter_failed"] == 7, path
        elif path.suffix == ".zarr":
            group = zarr.open(path, mode="r")
            check_attributes(dict(group.attrs), path)
            if "lists" in path.stem:
                check_lists(group, path)
            else:
                check_fits(lambda name: group[name][...], path)
                assert group.attrs["parameter_failed"] == 7, path
        else:
            assert path.suffix == ".parts" or path.is_dir(), f"{path} is left over"
            continue
        seen += 1
    assert seen == 10, f"{seen} outputs instead of 10"
    print(f"{seen} outputs are right")


if __name__ == "__main__":
    main()
