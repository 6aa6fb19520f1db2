#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the benchmarks for measuring and runs them all; about 10 minutes. Let nothing else run meanwhile.
#
#   bench/run.sh                 the whole table, 31 pairs each
#   bench/run.sh --pairs 101     more pairs: a narrower interval
#   bench/run.sh --only "cell"   rows whose "problem: competitor" holds this text
#   bench/run.sh --items 1000    another number of items in all of them, to try things out
#
# Each row compares distproc with the same work written by hand: the medians of the seconds, and the median of the
# ratios of pairs of runs with its 95 % interval; beside it the same for the hand-written code against itself. A goal is
# met when the interval reaches it and the median is above it by no more than half the width of that second interval; a
# row is "too noisy" where that half is wider than the margin between 1 and the goal.
# The table and the raw figures end up in build/bench/results.txt and build/bench/results.json.
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
    printf '%-7s %-31s %-16s %9s %9s  %-22s  %-22s %5s\n' problem distproc "by hand" "hand, s" "ours, s" \
        "ours / hand, 95 %" "hand / hand, 95 %" goal
} | tee "$table"
run() {
    if [ -x "$programs/$1" ]; then
        "${@:2}" "$programs/$1" "${given[@]}" --json "$rows" | tee -a "$table"
    else
        echo "$1 is not built; build/bench/build.log says what it needs" | tee -a "$table"
    fi
}
given=("$@")
run bench_axpy env
run bench_sum env
run bench_sum_mpi sh "$programs/on_two_ranks.sh"
run bench_fit env
run bench_fit_mpi sh "$programs/on_two_ranks.sh"

touch "$rows"
{
    echo '['
    sed '$!s/$/,/' "$rows"
    echo ']'
} >"$root/build/bench/results.json"
rm -f "$rows"
printf '\nbuild/bench/results.txt holds this table, build/bench/results.json the raw figures\n'
