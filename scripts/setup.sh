#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs what building distproc needs and is missing, on Debian and Ubuntu; elsewhere says what to install.
#
#   scripts/setup.sh            compiler, CMake, MPI, Boost.MPI, oneTBB, HDF5, zlib, zstd, nlohmann/json, and what the examples need
#   scripts/setup.sh --tests    also clang 15, clang-format 15, and a Python environment in .venv with numpy, h5py, scipy, zarr, hdf5plugin;
#                               with DISTPROC_REQUIRE_CLUSTER=1 in the environment also Slurm and munge, whose services Debian may start
#
# Quick where nothing is missing: then it uses neither the network nor root's rights.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests=no
for argument in "$@"; do
    case "$argument" in
    --tests) tests=yes ;;
    *)
        sed -n '3,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
    esac
done

packages=(
    g++ cmake ninja-build pkg-config
    libopenmpi-dev openmpi-bin libboost-mpi-dev libboost-serialization-dev
    libtbb-dev libhdf5-dev libhdf5-openmpi-dev hdf5-tools zlib1g-dev libzstd-dev nlohmann-json3-dev
    doctest-dev libcli11-dev libeigen3-dev libceres-dev libpng-dev iproute2
)
if [ "$tests" = yes ]; then
    packages+=(clang-15 llvm-15 clang-format-15)
    if [ "${DISTPROC_REQUIRE_CLUSTER:-0}" = 1 ]; then
        packages+=(slurmctld slurmd slurm-client munge)
    fi
    # Ubuntu has clang's sanitizers in a package of their own.
    if apt-cache policy libclang-rt-15-dev 2>/dev/null | grep -q 'Candidate: [0-9]'; then
        packages+=(libclang-rt-15-dev)
    fi
fi
# A python3 that is not Debian's brings its own venv.
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    packages+=(python3-venv)
fi

if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is neither Debian nor Ubuntu. Install what corresponds to these packages, then build with CMake:" >&2
    echo "    ${packages[*]}" >&2
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || echo none)
    if [ "$status" != "install ok installed" ]; then
        missing+=("$package")
    fi
done

if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "setup: missing packages, and neither root nor sudo to install them with. As root run:" >&2
            echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

version=$(cmake --version | sed -n '1s/cmake version //p')
if [ "$(printf '%s\n3.25\n' "$version" | sort -V | head -n 1)" != 3.25 ]; then
    echo "setup: CMake $version is too old; distproc needs 3.25 (a newer one: python3 -m pip install cmake)" >&2
    exit 1
fi

if [ "$tests" = yes ] && ! .venv/bin/python3 -c 'import numpy, h5py, scipy, zarr, hdf5plugin' 2>/dev/null; then
    echo "setup: making the Python environment .venv with numpy, h5py, scipy, zarr and hdf5plugin"
    if ! { python3 -m venv --clear .venv && .venv/bin/python3 -m pip install -q numpy h5py scipy "zarr>=3" hdf5plugin; }; then
        rm -rf .venv
        if [ "${DISTPROC_REQUIRE_PYTHON:-0}" = 1 ]; then
            echo "setup: the Python environment could not be made, and DISTPROC_REQUIRE_PYTHON=1 asks for it" >&2
            exit 1
        fi
        echo "setup: the Python environment could not be made (no network?); the tests that need it will say that they are skipped" >&2
    fi
fi
echo "setup: everything is there"
