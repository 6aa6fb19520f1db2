#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Opens what compressed_hdf5_outputs wrote, with h5py, and compares bit for bit with formulae in numpy.

    check_compressed_with_h5py.py FOLDER...
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

import h5py
import numpy as np

from check_with_h5py import attributes
from sample_results import SHAPES, mixed, same

# Folder -> h5py's name of the compression, its options, shuffle.
HOW = {"deflate": ("gzip", 1, True), "plain": ("gzip", 6, False), "none": (None, None, False),
       "zstd": ("zstd", 2, True)}
FILTERS = {"gzip": h5py.h5z.FILTER_DEFLATE, "zstd": 32015}


def filtered(dataset, how):
    """Compressed as asked: by the filters of the file itself."""
    compression, level, shuffle = how
    shuffle = shuffle and dataset.dtype.itemsize > 1
    creation = dataset.id.get_create_plist()
    found = [creation.get_filter(k) for k in range(creation.get_nfilters())]
    expected = ([h5py.h5z.FILTER_SHUFFLE] if shuffle else []) + ([FILTERS[compression]] if compression else [])
    assert [f[0] for f in found] == expected, f"{dataset.name}: filters {found}"
    assert dataset.shuffle == shuffle
    if compression:
        assert found[-1][2] == (level,), f"{dataset.name}: level {found[-1][2]}"
    if compression != "zstd":
        assert dataset.compression == compression and dataset.compression_opts == level


def stored(dataset, how, parts, inner=0, chunk=None):
    """In chunks; in files of their own where there are parts. `inner`: axes of an element."""
    file = pathlib.Path(dataset.file.filename)
    if dataset.size == 0:
        assert dataset.chunks is None and not dataset.is_virtual
        return
    items = dataset.shape[:dataset.ndim - inner]
    wanted = None if chunk is None else tuple(map(min, chunk, items)) + dataset.shape[dataset.ndim - inner:]
    if not parts:
        assert not dataset.is_virtual
        assert wanted is None or dataset.chunks == wanted, f"{dataset.name}: chunks {dataset.chunks}, not {wanted}"
        filtered(dataset, how)
        return
    assert dataset.is_virtual and dataset.chunks is None
    sources = {source.file_name for source in dataset.virtual_sources()}
    assert sources or dataset.file[dataset.name.split("/")[1]].attrs["complete"] == 0
    for name in sources:
        assert re.fullmatch(re.escape(file.name) + r"\.parts/\d+\.h5", name), name
        with h5py.File(file.parent / name) as f:
            part = f[dataset.name]
            assert part.dtype == dataset.dtype and part.shape[part.ndim - inner:] == dataset.shape[len(items):]
            assert wanted is None or part.chunks == (1,) + wanted, f"{name}: chunks {part.chunks}"
            filtered(part, how)


def nothing_else(folder, parts):
    for path in folder.iterdir():
        if path.is_dir():
            assert parts and path.name.endswith(".h5.parts") and (folder / path.name[:-6]).exists(), path
            with h5py.File(folder / path.name[:-6]) as f:
                used = set()
                f.visititems(lambda _, o: used.update(s.file_name for s in o.virtual_sources())
                             if isinstance(o, h5py.Dataset) and o.is_virtual else None)
            assert {f"{path.name}/{p.name}" for p in path.iterdir()} == used, f"{path}: {used}"
            assert used, f"{path} is empty"
        else:
            assert path.suffix == ".h5", f"left behind: {path}"


def check(folder, how, parts, labels):
    for label in labels:
        shape = SHAPES[label]
        fours = (1, 4096) if label == "long" else (4,) * len(shape)
        count = int(np.prod(shape, dtype=np.int64))
        expected = mixed(shape)
        with h5py.File(folder / f"{label}_columns.h5") as f:
            group = f["/a/fits"]
            assert sorted(group) == sorted(expected), sorted(group)
            for name, values in expected.items():
                same(group[name][()], values, f"{label}: {name}")
                stored(group[name], how, parts, 2 if name == "matrix" else 0)
            assert group["amplitude"].attrs["units"] == "pm/V" and group["at.x"].attrs["units"] == "µm"
            assert "units" not in group["at.y"].attrs
            assert group.attrs["title"] == "a test" and group.attrs["temperature"] == 293.5 and group.attrs["run"] == 42
            attributes(group)
        with h5py.File(folder / f"{label}_root.h5") as f:
            for name, values in expected.items():
                same(f[name][()], values, f"{label}: /{name}")
                stored(f[name], how, parts, 2 if name == "matrix" else 0, fours)
            attributes(f["/"])
        with h5py.File(folder / f"{label}_compound.h5") as f:
            records = f["fits"][()]
            assert records.dtype.names == tuple(expected), records.dtype
            for name, values in expected.items():
                same(records[name], values, f"{label}: compound {name}")
            stored(f["fits"], how, parts, 0, fours)
            assert f["fits"].attrs["units_at.x"] == "µm"
            attributes(f["fits"])
        k = np.arange(count)
        with h5py.File(folder / f"{label}_bare.h5") as f:
            same(f["/deep/est/value"][()], (k.astype("<f8") * 0.7).reshape(shape), f"{label}: bare")
            assert f["/deep/est/value"].attrs["units"] == "nm"
            stored(f["/deep/est/value"], how, parts)
            attributes(f["/deep/est/value"])
        with h5py.File(folder / f"{label}_array.h5") as f:
            v = (k % 100000).astype("<f4")
            triple = np.zeros((count, 3), "<c8")
            triple.real[:, 0], triple.imag[:, 1], triple.real[:, 2], triple.imag[:, 2] = v, v, v, -v
            same(f["value"][()], triple.reshape(shape + (3,)), f"{label}: array")
            stored(f["value"], how, parts, 1)
        with h5py.File(folder / f"{label}_bool.h5") as f:
            same(f["value"][()], (k % 5 == 1).reshape(shape), f"{label}: bool")
            stored(f["value"], how, parts)
        with h5py.File(folder / f"{label}_rows.h5") as f:
            rows = (np.arange(count * 10) % 100000).astype("<f4").reshape(shape + (2, 5))
            same(f["value"][()], rows, f"{label}: rows")
            stored(f["value"], how, parts, 2, fours)
    with h5py.File(folder / "stopped.h5") as f:
        attributes(f["fits"], complete=0)
        for name, values in mixed((1000,)).items():
            values[777:] = 0
            same(f["fits"][name][()], values, f"stopped: {name}")
    with h5py.File(folder / "nothing.h5") as f:
        attributes(f["fits"], complete=0)
        for name, values in mixed((100,)).items():
            same(f["fits"][name][()], np.zeros_like(values), f"nothing: {name}")
    nothing_else(folder, parts)


def check_all(folder):
    kinds = sorted(p.name for p in folder.iterdir())
    for label, how in HOW.items():
        if label == "zstd" and label not in kinds:
            print(f"{folder}: without zstd, HDF5 had no plugin of filter 32015")
            continue
        if label == "zstd":
            import hdf5plugin  # noqa: F401  lets h5py read filter 32015
        labels = ["map", "small", "long", "cube", "none"] if label == "deflate" else ["small"]
        check(folder / label, how, False, labels)
        check(folder / f"{label}_parts", how, True, labels)
        kinds = [k for k in kinds if k not in (label, f"{label}_parts")]
    assert not kinds, f"left behind: {kinds}"
    # Parts go where the output goes, and need not be looked for from where the reader stands.
    with tempfile.TemporaryDirectory() as elsewhere:
        shutil.copytree(folder / "plain_parts", pathlib.Path(elsewhere) / "one")
        os.rename(pathlib.Path(elsewhere) / "one", pathlib.Path(elsewhere) / "moved")
        here = os.getcwd()
        for stand in (elsewhere, "/"):
            os.chdir(stand)
            check(pathlib.Path("moved") if stand == elsewhere else pathlib.Path(elsewhere) / "moved", HOW["plain"],
                  True, ["small"])
        os.chdir(here)
    print(f"{folder}: all agree")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for argument in sys.argv[1:]:
        check_all(pathlib.Path(argument).resolve())
