#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs 09_windows and compares with scipy.ndimage.median_filter, bit for bit.

    check_windows.py PROGRAM FOLDER [FILE DATASET]    without FILE: on the image that the program makes
"""
import os
import pathlib
import subprocess
import sys

import h5py
import numpy as np
import scipy.ndimage


def main(program, folder, file="image.h5", dataset="/image"):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    subprocess.run([program], check=True)
    with h5py.File("image.h5") as f, h5py.File("clean.h5") as g:
        image, clean = f["/image"][()], g["/clean"][()]
    assert np.array_equal(clean, scipy.ndimage.median_filter(image, (3, 3), mode="reflect"))
    assert image.max() > 9 and clean.max() < 2, (image.max(), clean.max())

    with h5py.File(file) as f:
        image = f[dataset][()].astype(np.float64)
    count = 0
    for height, width in [(1, 1), (3, 3), (5, 4), (2, 7), (120, 3)]:
        size = (height, width) + (1,) * (image.ndim - 2)
        for edge in ["reflect", "nearest", "constant", "whole"]:
            if edge == "whole" and (height > image.shape[0] or width > image.shape[1]):
                continue
            arguments = [file, dataset, str(height), str(width), edge, f"{height}_{width}_{edge}.h5"]
            subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)
            with h5py.File(arguments[-1]) as f:
                clean = f["/clean"][()]
            expected = scipy.ndimage.median_filter(image, size, mode="reflect" if edge == "whole" else edge)
            if edge == "whole":
                expected = expected[height // 2:height // 2 + image.shape[0] - height + 1,
                                    width // 2:width // 2 + image.shape[1] - width + 1]
            assert clean.shape == expected.shape, (arguments, clean.shape, expected.shape)
            assert np.array_equal(clean, expected), f"{arguments}: {np.count_nonzero(clean != expected)} pixels differ"
            count += 1
    print(f"{count} filtered images agree with scipy.ndimage.median_filter")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
