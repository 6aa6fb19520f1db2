#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Python's zlib and gzip, numcodecs' zstd and HDF5's own filters read what encode_samples wrote.

    check_with_python.py FOLDER
"""
import gzip
import pathlib
import sys
import zlib

import h5py
import numcodecs
import numpy as np


def with_hdf5(folder, element, whole):
    """HDF5's filters make the same shuffled bytes, and read ours."""
    shuffled = (folder / f"shuffle_{element}").read_bytes()
    data = np.frombuffer(whole, dtype=f"V{element}")
    with h5py.File(folder / f"{element}.h5", "w") as file:
        made = file.create_dataset("made", data=data, chunks=data.shape, shuffle=True)
        mask, bytes_of_hdf5 = made.id.read_direct_chunk((0,))
        assert bytes_of_hdf5 == shuffled, f"elements of {element} bytes: HDF5 shuffles them otherwise"
        ours = file.create_dataset("ours", shape=data.shape, dtype=data.dtype, chunks=data.shape, shuffle=True,
                                   compression="gzip")
        ours.id.write_direct_chunk((0,), (folder / f"shuffle_{element}_zlib").read_bytes())
    with h5py.File(folder / f"{element}.h5") as file:
        assert file["ours"][...].tobytes() == whole, f"elements of {element} bytes: HDF5 reads other values"


def main(folder):
    raw = (folder / "raw").read_bytes()
    assert len(raw) == 100003
    assert zlib.decompress((folder / "zlib").read_bytes()) == raw
    assert gzip.decompress((folder / "gzip").read_bytes()) == raw
    assert numcodecs.Zstd().decode((folder / "zstd").read_bytes()) == raw
    for element in (1, 2, 3, 4, 8, 16, 24):
        with_hdf5(folder, element, raw[:48000 + element])
    print("3 streams and 7 element sizes read")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
