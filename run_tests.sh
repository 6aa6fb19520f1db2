#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs what is missing, builds, and runs the tests.
#
#   ./run_tests.sh              everything, with g++
#   ./run_tests.sh --all        also with clang and its sanitizers, the thread sanitizer, and the core without any third-party library
#   ./run_tests.sh --quick      g++; MPI tests on 1 and 3 ranks only, without the tests of the installed package
#   ./run_tests.sh --preset X   one preset of CMakePresets.json (may be repeated)
#   -j N                        N compilers, and tests for N cores, at a time (default: the number of cores, as far as
#                               there are 2 GiB of memory for each)
#
# The last line counts the tests of all presets. Real data is used if DISTPROC_TEST_DATA names the folder it is in.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

presets=()
quick=no
jobs=$(nproc)
# A compiler takes up to 2 GiB, half of it garbage that is not collected (cmake/distproc_dev.cmake).
for room in $(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo 2>/dev/null) \
    $(sed -n 's/^\([0-9]*\)[0-9]\{3\}$/\1/p' /sys/fs/cgroup/memory.max 2>/dev/null); do # kB
    if [ $((room / 2097152)) -lt "$jobs" ]; then
        jobs=$((room > 2097152 ? room / 2097152 : 1))
    fi
done
while [ $# -gt 0 ]; do
    case "$1" in
    --all) presets=(gcc asan tsan no-third-party) ;;
    --quick) quick=yes ;;
    --preset)
        presets+=("${2:?--preset needs a name}")
        shift
        ;;
    -j)
        jobs=${2:?-j needs a number}
        shift
        ;;
    -j[0-9]*) jobs=${1#-j} ;;
    *)
        sed -n '3,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
    esac
    shift
done
[ ${#presets[@]} -gt 0 ] || presets=(gcc)

if ! scripts/setup.sh --tests; then
    echo "0 passed, 1 failed (scripts/setup.sh)"
    exit 1
fi

export CMAKE_BUILD_PARALLEL_LEVEL=$jobs
# Most tests wait, for disks, other ranks and processes that start; two of them keep a core busy. Those that compile say that they need one.
export CTEST_PARALLEL_LEVEL=$((2 * jobs))
total_passed=0 total_failed=0 total_skipped=0
summary=()

# count FILE ATTRIBUTE: a number in the head of the report that ctest wrote
count() {
    tr '\n' ' ' <"$1" | sed -n 's/^[^>]*>* *<testsuite [^>]*[[:space:]]'"$2"'="\([0-9]*\)".*/\1/p'
}

# test_preset NAME: tests what is built; sets passed, failed, skipped and note
test_preset() {
    local report="$PWD/build/$1/tests.xml" tests options=()
    passed=0 failed=1 skipped=0
    rm -f "$report"
    if [ "$quick" = yes ]; then
        options=(-LE '^(package|cluster)$' -E '\.np([24-9]|[1-9][0-9]+)(\.|$)')
    fi
    ctest --preset "$1" --output-junit "$report" "${options[@]}"
    local code=$?
    note="ctest wrote no report"
    [ -f "$report" ] || return
    tests=$(count "$report" tests)
    failed=$(count "$report" failures)
    skipped=$(($(count "$report" skipped) + $(count "$report" disabled)))
    passed=$((tests - failed - skipped))
    note=""
    if [ "$code" != 0 ] && [ "$failed" = 0 ]; then
        failed=1
        note="ctest ended with $code"
    fi
}

for preset in "${presets[@]}"; do
    printf '\n=== %s\n' "$preset"
    begin=$SECONDS
    passed=0 failed=1 skipped=0 note="building failed"
    cmake --preset "$preset" && cmake --build --preset "$preset" && test_preset "$preset"
    summary+=("$(printf '%-16s %5d passed %5d failed %5d skipped %6d s  %s' \
        "$preset" "$passed" "$failed" "$skipped" $((SECONDS - begin)) "$note")")
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
done

printf '\n=== summary\n'
printf '%s\n' "${summary[@]}"
line="$total_passed passed, $total_failed failed"
if [ "$total_skipped" -gt 0 ]; then
    line+=", $total_skipped skipped"
    if [ -z "${DISTPROC_TEST_DATA:-}" ]; then
        echo "(the tests named *.measured are skipped unless DISTPROC_TEST_DATA names the folder of the measured data)"
    fi
fi
echo "$line"
[ "$total_failed" = 0 ]
