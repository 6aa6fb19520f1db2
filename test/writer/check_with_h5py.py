#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Opens what hdf5_outputs wrote, with h5py, and compares bit for bit with formulae in numpy.

    check_with_h5py.py FOLDER...
"""
import pathlib
import sys

import h5py
import numpy as np

from sample_results import SHAPES, mixed, same


def in_place(dataset):
    """Contiguous, allocated (where there is anything), without fill value, native little endian."""
    assert dataset.chunks is None, f"{dataset.name} is chunked"
    creation = dataset.id.get_create_plist()
    assert creation.get_layout() == h5py.h5d.CONTIGUOUS
    assert creation.get_fill_time() == h5py.h5d.FILL_TIME_NEVER
    assert dataset.size == 0 or dataset.id.get_offset() is not None, f"{dataset.name} is not allocated"


def attributes(owner, complete=1):
    a = owner.attrs
    assert a["complete"] == complete and a["complete"].dtype == np.uint8
    assert a["distproc_version"].count(".") == 2
    assert a["source"] == "scan.h5:/loops"
    assert a["compute"] == "model"
    assert a["tolerance"] == 0.1 and a["steps"] == 12 and a["steps"].dtype == np.int32
    assert a["robust"] == True and a["robust"].dtype == np.bool_  # noqa: E712
    assert a["method"] == "Levenberg–Marquardt"
    same(a["voltage"], np.array([-1.5, 0, 1.5]), "voltage")
    same(a["grid"], np.array([[1, 2], [3, 4]], np.int32), "grid")
    assert a["pole"] == 1 - 2j and a["pole"].dtype == np.complex64
    assert a["nothing"].shape == (0,)
    assert a["parameter_source"] == "a name that the library has taken"
    assert "table" not in a
    same(owner.file[owner.name + ".parameters/table"][()], np.full(20000, 0.125), "table")


def check(folder):
    for label, shape in SHAPES.items():
        count = int(np.prod(shape, dtype=np.int64))
        expected = mixed(shape)
        with h5py.File(folder / f"{label}_columns.h5") as f:
            group = f["/a/fits"]
            assert sorted(group) == sorted(expected), sorted(group)
            for name, values in expected.items():
                same(group[name][()], values, f"{label}: {name}")
                in_place(group[name])
            assert group["amplitude"].attrs["units"] == "pm/V" and group["at.x"].attrs["units"] == "µm"
            assert "units" not in group["at.y"].attrs
            assert group.attrs["title"] == "a test" and group.attrs["temperature"] == 293.5 and group.attrs["run"] == 42
            attributes(group)
        with h5py.File(folder / f"{label}_root.h5") as f:
            for name, values in expected.items():
                same(f[name][()], values, f"{label}: /{name}")
            attributes(f["/"])
        with h5py.File(folder / f"{label}_compound.h5") as f:
            records = f["fits"][()]
            assert records.dtype.names == tuple(expected), records.dtype
            assert f["fits"].id.get_type().get_size() == sum(
                v.dtype.itemsize * (6 if n == "matrix" else 1) for n, v in expected.items()), "not packed"
            for name, values in expected.items():
                same(records[name], values, f"{label}: compound {name}")
            in_place(f["fits"])
            assert f["fits"].attrs["units_at.x"] == "µm"
            attributes(f["fits"])
        k = np.arange(count)
        with h5py.File(folder / f"{label}_bare.h5") as f:
            same(f["/deep/est/value"][()], (k.astype("<f8") * 0.7).reshape(shape), f"{label}: bare")
            assert f["/deep/est/value"].attrs["units"] == "nm"
            in_place(f["/deep/est/value"])
            attributes(f["/deep/est/value"])
        with h5py.File(folder / f"{label}_array.h5") as f:
            v = (k % 100000).astype("<f4")
            triple = np.zeros((count, 3), "<c8")
            triple.real[:, 0], triple.imag[:, 1], triple.real[:, 2], triple.imag[:, 2] = v, v, v, -v
            same(f["value"][()], triple.reshape(shape + (3,)), f"{label}: array")
            in_place(f["value"])
        with h5py.File(folder / f"{label}_bool.h5") as f:
            same(f["value"][()], (k % 5 == 1).reshape(shape), f"{label}: bool")
            in_place(f["value"])
    with h5py.File(folder / "stopped.h5") as f:
        attributes(f["fits"], complete=0)
    left_over = [p.name for p in folder.iterdir() if not p.name.endswith(".h5")]
    assert not left_over, f"left behind: {left_over}"
    print(f"{folder}: {6 * len(SHAPES) + 1} files agree")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for argument in sys.argv[1:]:
        check(pathlib.Path(argument))
