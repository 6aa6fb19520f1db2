#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Opens what shard_outputs wrote, with zarr-python, and compares bit for bit with formulae in numpy.

    check_with_zarr.py [[--packing=zstd|gzip] FOLDER...]...
"""
import json
import pathlib
import sys

import numpy as np
import zarr

from sample_results import SHAPES, mixed, same

MIB = 1 << 20


def whole(node, expected, what, packing):
    """The values, and how they are stored."""
    same(node[...], expected, what)
    meta = json.loads(node.store.root.joinpath(node.path, "zarr.json").read_text())
    assert meta["chunk_grid"]["name"] == "regular"
    codecs = ["bytes", packing, "crc32c"] if packing else ["bytes", "crc32c"]
    if not expected.ndim:
        assert [c["name"] for c in meta["codecs"]] == codecs
    else:
        [shard] = meta["codecs"]
        assert shard["name"] == "sharding_indexed"
        assert [c["name"] for c in shard["configuration"]["codecs"]] == codecs
        assert [c["name"] for c in shard["configuration"]["index_codecs"]] == ["bytes", "crc32c"]
        assert shard["configuration"]["index_location"] == "end"
        size = int(np.prod(node.chunks)) * expected.dtype.itemsize
        assert size <= MIB, f"{what}: chunks of {size} bytes"
    files = [p for p in node.store.root.joinpath(node.path).rglob("*") if p.is_file() and p.name != "zarr.json"]
    shards = int(np.prod([-(-n // s) for n, s in zip(expected.shape, node.shards or expected.shape)])) if expected.size else 0
    assert len(files) == shards, f"{what}: {len(files)} files, {shards} shards"
    assert not [p for p in files if p.name.endswith(".part")]


def attributes(owner, complete=1, record=True):
    a = dict(owner.attrs)
    assert a["complete"] == complete
    assert a["distproc_version"].count(".") == 2
    assert a["source"] == "scan.h5:/loops"
    assert a["compute"] == "model"
    assert a["tolerance"] == 0.1 and a["steps"] == 12 and a["robust"] is True
    assert a["method"] == "Levenberg–Marquardt"
    assert a["voltage"] == [-1.5, 0, 1.5] and a["grid"] == [[1, 2], [3, 4]] and a["pole"] == [1, -2]
    assert a["nothing"] == [] and a["table"] == [0.125] * 20000
    assert a["parameter_source"] == "a name that the library has taken"
    assert a["parameter_types"]["steps"] == {"type": "int32", "shape": []}
    assert a["parameter_types"]["grid"] == {"type": "int32", "shape": [2, 2]}
    assert a["parameter_types"]["method"] == "text"


def check(folder, packing):
    for label, shape in SHAPES.items():
        count = int(np.prod(shape, dtype=np.int64))
        expected = mixed(shape)
        for kind in ("columns", "chunked"):
            group = zarr.open(folder / f"{label}_{kind}.zarr", mode="r")
            assert sorted(group.array_keys()) == sorted(expected), list(group.array_keys())
            for name, values in expected.items():
                whole(group[name], values, f"{label}_{kind}: {name}", packing)
            attributes(group)
            assert group.attrs["item_axes"] == len(shape) and group.attrs["members"] == list(expected)
        for name in expected:
            box = (2, 4096) if label == "long" else (4,) * len(shape)
            assert not shape or group[name].chunks[:len(shape)] == box
        group = zarr.open(folder / f"{label}_columns.zarr", mode="r")
        assert group["amplitude"].attrs["units"] == "pm/V" and group["at.x"].attrs["units"] == "µm"
        assert "units" not in group["at.y"].attrs
        assert group.attrs["title"] == "a test" and group.attrs["temperature"] == 293.5 and group.attrs["run"] == 42
        k = np.arange(count)
        bare = zarr.open(folder / f"{label}_bare.zarr", mode="r")
        whole(bare, (k.astype("<f8") * 0.7).reshape(shape), f"{label}: bare", packing)
        assert bare.attrs["units"] == "nm"
        attributes(bare)
        v = (k % 100000).astype("<f4")
        triple = np.zeros((count, 3), "<c8")
        triple.real[:, 0], triple.imag[:, 1], triple.real[:, 2], triple.imag[:, 2] = v, v, v, -v
        for kind, values in (("array", triple.reshape(shape + (3,))), ("bool", (k % 5 == 1).reshape(shape))):
            whole(zarr.open(folder / f"{label}_{kind}.zarr", mode="r"), values, f"{label}: {kind}", packing)
        rows = (np.arange(10 * count) % 100000).astype("<f4").reshape(shape + (2, 5))
        whole(zarr.open(folder / f"{label}_rows.zarr", mode="r"), rows, f"{label}: rows", packing)
    attributes(zarr.open(folder / "stopped.zarr", mode="r"), complete=0)
    left_over = [p.name for p in folder.iterdir() if not p.name.endswith(".zarr")]
    assert not left_over, f"left behind: {left_over}"
    print(f"{folder}: {6 * len(SHAPES) + 1} directories agree")


if __name__ == "__main__":
    if not sys.argv[1:] or sys.argv[-1].startswith("--"):
        sys.exit(__doc__)
    kind = None
    for argument in sys.argv[1:]:
        if argument.startswith("--packing="):
            kind = argument.split("=")[1]
        else:
            check(pathlib.Path(argument), kind)
