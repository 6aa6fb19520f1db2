#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes arrays with zarr-python that the test source.shard_golden reads, in a new folder.

    make_zarr.py FOLDER
"""
import pathlib
import shutil
import sys

import numpy as np
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, ZstdCodec

TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
         "complex64", "complex128"]


def values(shape, kind):
    """Element k is k % 100, as a complex number k % 100 - (k % 7) i, as a bool k % 3 == 0."""
    k = np.arange(int(np.prod(shape)))
    if kind == "bool":
        return (k % 3 == 0).reshape(shape)
    v = (k % 100).astype(kind)
    return (v - 1j * (k % 7) if kind.startswith("complex") else v).astype(kind).reshape(shape)


def sharded(folder, name, data, chunk, shard, endian="little", location="end", checks=True, packing=None, **how):
    check = [Crc32cCodec()] if checks else []
    codec = ShardingCodec(chunk_shape=chunk, codecs=[BytesCodec(endian=endian), *([packing] if packing else []), *check],
                          index_codecs=[BytesCodec(endian=endian), *check], index_location=location)
    array = zarr.create_array(folder / name, shape=data.shape, chunks=shard, dtype=data.dtype, serializer=codec,
                              compressors=None, filters=None, **how)
    array[...] = data
    return array


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    zarr.create_group(folder)
    for kind in TYPES:
        sharded(folder, kind, values((7, 13), kind), (4, 4), (8, 12))
    cube = values((5, 6, 70), "float64")
    sharded(folder, "start", cube, (2, 3, 70), (4, 6, 70), location="start")
    sharded(folder, "big", cube, (1, 6, 7), (2, 6, 35), endian="big")
    sharded(folder, "unchecked", cube, (5, 6, 10), (5, 6, 70), checks=False)
    plain = zarr.create_array(folder / "plain", shape=cube.shape, chunks=(2, 2, 32), dtype="float64", compressors=None)
    plain[...] = cube
    old = zarr.create_array(folder / "old_keys", shape=cube.shape, chunks=(5, 3, 70), dtype="float64", compressors=None,
                            serializer=BytesCodec(endian="big"), chunk_key_encoding={"name": "v2", "separator": "."})
    old[...] = cube
    dots = zarr.create_array(folder / "dots", shape=cube.shape, chunks=(5, 3, 70), dtype="float64",
                             compressors=Crc32cCodec(), chunk_key_encoding={"name": "default", "separator": "."})
    dots[...] = cube
    for name, packing in (("gzip", GzipCodec(level=5)), ("zstd", ZstdCodec(level=3)),
                          ("zstd_sums", ZstdCodec(level=-2, checksum=True))):
        sharded(folder, name, cube, (2, 3, 35), (4, 6, 70), packing=packing)
        sharded(folder, name + "_big", cube, (1, 6, 7), (2, 6, 35), endian="big", packing=packing, location="start")
        sharded(folder, name + "_unchecked", cube, (5, 6, 10), (5, 6, 70), checks=False, packing=packing)
        plain = zarr.create_array(folder / (name + "_plain"), shape=cube.shape, chunks=(2, 2, 32), dtype="float64",
                                  compressors=packing)
        plain[...] = cube
    sums = zarr.create_array(folder / "gzip_sums", shape=cube.shape, chunks=(2, 2, 32), dtype="float64",
                             compressors=[GzipCodec(), Crc32cCodec()])
    sums[...] = cube
    zarr.create_array(folder / "default", shape=cube.shape, dtype="float64")[...] = cube
    zarr.create_array(folder / "default_shards", shape=cube.shape, chunks=(1, 6, 7), shards=(2, 6, 35),
                      dtype="float64")[...] = cube
    for name, fill in (("holes", 42.5), ("nan", float("nan")), ("infinite", float("-inf"))):
        part = zarr.create_array(folder / name, shape=(10, 20), chunks=(2, 5), shards=(4, 10), dtype="float64",
                                 compressors=None, fill_value=fill)
        part[3, :] = np.arange(20)
    one = zarr.create_array(folder / "one", shape=(), chunks=(), dtype="float64", compressors=None)
    one[...] = 3.25
    zarr.create_array(folder / "blosc", shape=(10,), chunks=(10,), dtype="float64", compressors=BloscCodec())
    zarr.create_array(folder / "twice", shape=(10,), chunks=(10,), dtype="float64", compressors=[GzipCodec(), ZstdCodec()])
    zarr.create_array(folder / "outside", shape=(10,), chunks=(10,), dtype="float64", compressors=[Crc32cCodec(), ZstdCodec()])
    zarr.create_array(folder / "half", shape=(10,), chunks=(10,), dtype="float16", compressors=None)
    zarr.create_array(folder / "version2", shape=(10,), chunks=(10,), dtype="float64", zarr_format=2)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
