#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""same_bits.py A.h5 B.h5: the maps in /fits of both files are equal, byte by byte."""
import sys

import h5py

with h5py.File(sys.argv[1]) as a, h5py.File(sys.argv[2]) as b:
    assert list(a["fits"]) == list(b["fits"]) and len(a["fits"]) == 12, (list(a["fits"]), list(b["fits"]))
    for name in a["fits"]:
        x, y = a["fits"][name], b["fits"][name]
        assert x.shape == y.shape and x.dtype == y.dtype, name
        assert x[()].tobytes() == y[()].tobytes(), f"{name} differs"
        assert x.attrs.get("units") == y.attrs.get("units"), name
    assert a["fits"].attrs["complete"] and b["fits"].attrs["complete"]
    assert a["fits/slope"].attrs["units"] == "a.u./V"
print("the same bits in 12 maps")
