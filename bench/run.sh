#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the benchmarks for measuring and runs them all; about 45 minutes. Let nothing else run meanwhile.
#
#   bench/run.sh                 the whole table, 31 pairs a row, fewer where a run is long
#   bench/run.sh --pairs 101     more pairs: a narrower interval
#   bench/run.sh --only "cell"   rows whose "problem: competitor" holds this text
#   bench/run.sh --items 1000    another number of items in all of them, to try things out
#   bench/run.sh --bytes 100000000   another number of bytes that are written and read
#   bench/run.sh --folder DIR    for the files that are written and read; else build/bench. /dev/shm is measured too.
#
# Each row compares distproc with the same work written by hand: the medians of the seconds, and the median of the
# ratios of pairs of runs with its 95 % interval; beside it the same for the hand-written code against itself. A goal is
# met when the interval reaches it and the median is above it by no more than half the width of that second interval; a
# row is "too noisy" where that half is wider than the margin between 1 and the goal.
# The table, the raw figures and a picture end up in build/bench/results.txt, results.json and results.svg.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
log=$root/build/bench/build.log
mkdir -p build/bench
if ! { cmake --preset bench -DDISTPROC_EXAMPLES=OFF && cmake --build --preset bench; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "bench/run.sh: building failed, see $log" >&2
    exit 1
fi
programs=$root/build/bench/bench
"$programs/bench_self_check"

rows=$root/build/bench/rows.json
table=$root/build/bench/results.txt
rm -f "$rows"
{
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1), $(nproc) cores;" \
        "$(git describe --always --dirty 2>/dev/null || true)"
    [ ! -r /proc/loadavg ] || echo "load before: $(cut -d ' ' -f 1 /proc/loadavg)"
    echo
    printf '%-8s %-34s %-23s %5s %9s %9s  %-22s  %-22s %6s\n' problem distproc "by hand" pairs "hand, s" "ours, s" \
        "ours / hand, 95 %" "hand / hand, 95 %" goal
} | tee "$table"
run() {
    if [ -x "$programs/$1" ]; then
        "${@:2}" "$programs/$1" "${given[@]}" --json "$rows" | tee -a "$table"
    else
        echo "$1 is not built; build/bench/build.log says what it needs" | tee -a "$table"
    fi
}
on_ranks() { # how many, program
    run "$2" sh "$programs/on_ranks.sh" "$1"
}
given=("$@")
run bench_axpy env
run bench_sum env
on_ranks 2 bench_sum_mpi
run bench_fit env
on_ranks 2 bench_fit_mpi
run bench_fine env
on_ranks 2 bench_fine_mpi
run bench_uneven env
on_ranks 2 bench_uneven_mpi
if unshare --net true 2>/dev/null; then
    run bench_uneven_mpi bash test/cluster/cluster.sh run --slots 8,8 --timeout 600 --
else
    echo "uneven on two nodes: left out, network namespaces need root" | tee -a "$table"
fi
run bench_cost env
on_ranks 1 bench_cost_mpi
on_ranks 4 bench_cost_mpi

folder=$root/build/bench
for ((k = 1; k < $#; k++)); do
    if [ "${!k}" = --folder ]; then
        next=$((k + 1))
        folder=${!next}
    fi
done
given=("$@" --folder "$folder")
run bench_read env
on_ranks 1 bench_read_mpi
on_ranks 2 bench_read_mpi
on_ranks 1 bench_overlap_mpi
run bench_compress env
on_ranks 2 bench_compress_mpi
for ranks in 1 2 4; do
    on_ranks "$ranks" bench_write_mpi
done
if [ -w /dev/shm ]; then
    given=("$@" --folder /dev/shm)
    for ranks in 1 2 4; do
        on_ranks "$ranks" bench_write_mpi
    done
fi

touch "$rows"
{
    echo '['
    sed '$!s/$/,/' "$rows"
    echo ']'
} >"$root/build/bench/results.json"
rm -f "$rows"
python=$root/.venv/bin/python3
[ -x "$python" ] || python=python3
"$python" bench/picture.py build/bench/results.json build/bench/results.svg ||
    echo "bench/run.sh: no picture, it needs python3" >&2
printf '\nbuild/bench/results.txt holds this table, results.json the raw figures, results.svg the picture\n'
