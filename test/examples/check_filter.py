#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What filter_spectra wrote, against numpy.fft.

    check_filter.py SPECTRA.h5 CUTOFF ROLL_OFF TOLERANCE FILTERED...    FILTERED: an HDF5 file, or a Zarr directory
"""
import sys

import h5py
import numpy as np


def filtered(spectra, cutoff, roll_off):
    frequency = np.abs(np.fft.fftfreq(spectra.shape[-1]))
    begin = cutoff * (1 - roll_off)
    gain = np.where(frequency <= begin, 1.0, 0.0)
    falling = (frequency > begin) & (frequency < cutoff)
    gain[falling] = (1 + np.cos(np.pi * (frequency[falling] - begin) / (cutoff - begin))) / 2
    return np.fft.ifft(np.fft.fft(spectra) * gain)


def noise_floor(spectrum, tolerance):
    amplitudes = np.abs(np.fft.fft(spectrum))
    noise = np.ones(amplitudes.shape, bool)
    while True:
        threshold = np.sqrt(-np.log(tolerance) * np.mean(amplitudes[noise] ** 2))
        again = amplitudes < threshold
        if np.count_nonzero(again) == np.count_nonzero(noise):
            return threshold
        noise = again


def read(name):
    if name.endswith(".zarr"):
        import zarr

        group = zarr.open(name, mode="r")
        return group["filtered"][...], group["noise_floor"][...], dict(group.attrs)
    with h5py.File(name) as f:
        group = f["/spectra"]
        assert sorted(group) == ["filtered", "noise_floor"], sorted(group)
        return group["filtered"][()], group["noise_floor"][()], dict(group.attrs)


def main(source, cutoff, roll_off, tolerance, outputs):
    with h5py.File(source) as f:
        spectra = f["/scan/spectra"][()]
    assert spectra.dtype == np.complex64 and spectra.shape == (30, 40, 500), (spectra.dtype, spectra.shape)
    expected = filtered(spectra.astype(np.complex128), cutoff, roll_off)
    floors = np.array([noise_floor(s, tolerance) for s in spectra.reshape(-1, 500).astype(np.complex128)]).reshape(30, 40)
    assert np.abs(expected - spectra).max() > 0.1, "the filter did nothing"
    first = None
    for name in outputs:
        values, noise, attributes = read(name)
        assert values.dtype == np.complex64 and noise.dtype == np.float32
        assert values.shape == spectra.shape and noise.shape == (30, 40)
        worst = np.abs(values - expected).max()
        assert worst < 2e-7, f"{name}: filtered spectra differ by {worst}"  # a rounding of float at 1
        worst = np.abs(noise / floors - 1).max()
        assert worst < 2e-7, f"{name}: noise floors differ by {worst}"
        assert attributes["complete"] == 1 and attributes["cutoff"] == cutoff and attributes["compute"] == "low-pass filter"
        first = first or (values.tobytes(), noise.tobytes())
        assert first == (values.tobytes(), noise.tobytes()), f"{name}: other bits than {outputs[0]}"
    print(f"{len(outputs)} outputs agree with numpy.fft, and with one another bit for bit")


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    main(sys.argv[1], *map(float, sys.argv[2:5]), sys.argv[5:])
