#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Long runs under bad conditions; about 10 minutes. Prints figures; the exit code is not 0 where one misses its bound.
#
#   bench/soak/run.sh [FOLDER]    FOLDER: for files, else build/bench
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
folder=${1:-$root/build/bench}

export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
mkdir -p build/bench
if ! { cmake --preset bench -DDISTPROC_EXAMPLES=OFF &&
    cmake --build --preset bench --target soak_failures_mpi soak_memory_mpi soak_deaths_mpi soak_large_mpi; } >build/bench/soak.log 2>&1; then
    tail -n 20 build/bench/soak.log >&2
    echo "bench/soak/run.sh: building failed, see build/bench/soak.log" >&2
    exit 1
fi
export DISTPROC_WARNINGS=off
on_ranks() { sh build/bench/bench/on_ranks.sh "$@"; }
code=0
on_ranks 4 build/bench/bench/soak_failures_mpi 500 || code=1
on_ranks 2 build/bench/bench/soak_memory_mpi "$folder" || code=1
python3 bench/soak/deaths.py build/bench/bench/soak_deaths_mpi 100 sh build/bench/bench/on_ranks.sh 3 || code=1
on_ranks 3 build/bench/bench/soak_deaths_mpi 1 7 60 || code=1
on_ranks 2 build/bench/bench/soak_large_mpi "$folder" || code=1 # needs 16 GiB of memory and of disk
test/cluster/cluster.sh run --timeout 900 --slots 1,1 -- build/bench/bench/soak_large_mpi "$folder" || code=1 # two nodes
exit "$code"
