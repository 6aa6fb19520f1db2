#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# From nothing to a fitted map: installs what is missing, builds the loop fit, runs it on all four executors, kills one more
# run half-way and lets another executor go on with it, checks that all agree bit for bit, prints times and draws a map.
#
#   ./quickstart.sh                                     on a generated scan of 50 x 50 hysteresis loops
#   ./quickstart.sh FILE [--dataset P] [--voltage P]    on your HDF5 file: P is the path of the loops (..., points) and
#                                                       of the voltages (points); both default to what the generator uses
#
# Everything it makes is in build/quickstart. Running it again takes up where it can.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
build="$root/build/quickstart"
out="$build/out"
log="$build/quickstart.log"
bin="$build/examples/fit_loops"
dataset=/Channel_000/generic/generic
voltage=/Channel_000/generic/Voltage
scan=""
ranks=2

usage() {
    sed -n '3,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case "$1" in
    --dataset | --voltage)
        [ $# -ge 2 ] || { echo "quickstart: $1 needs a path in the HDF5 file" >&2; exit 2; }
        if [ "$1" = --dataset ]; then dataset=$2; else voltage=$2; fi
        shift 2
        ;;
    -*) usage ;;
    *)
        [ -z "$scan" ] || usage
        [ -f "$1" ] || { echo "quickstart: there is no file '$1'" >&2; exit 2; }
        scan=$(realpath "$1")
        shift
        ;;
    esac
done

mkdir -p "$out" || exit 1
: >"$log"

# step WHAT COMMAND...: runs it with its output in the log; if it fails, says which step, how it ended, and the end of its output.
step() {
    local what=$1 before code
    shift
    printf 'quickstart: %s ... ' "$what"
    before=$(wc -l <"$log")
    [ "$(type -t "$1")" = function ] || printf '$ %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1
    code=$?
    if [ $code -ne 0 ]; then
        printf 'FAILED\n'
        { # what a compiler calls an error, or the end
            tail -n "+$((before + 1))" "$log" | grep 'error:' | head -n 5 ||
                tail -n "+$((before + 1))" "$log" | tail -n 25
        } | cut -c 1-300 | sed 's/^/    /' >&2
        printf 'quickstart: this step failed with exit code %d: %s\n' "$code" "$what" >&2
        printf '    all output: %s\n' "$log" >&2
        exit 1
    fi
    printf 'done\n'
}

step "install what is missing (scripts/setup.sh)" "$root/scripts/setup.sh"
step "configure (CMake, Release)" cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DDISTPROC_TESTS=OFF -DDISTPROC_BENCH=OFF -DDISTPROC_EXAMPLES=ON
step "build the generator, the fit and the map drawer" cmake --build "$build" --target generate_scan fit_loops draw_map

if [ -z "$scan" ]; then
    scan="$out/scan.h5"
    step "generate a scan" "$bin/generate_scan" "$scan" --replace
fi

# mpirun as root must be told twice; its socket names must stay short.
launch=(env TMPDIR=/tmp mpirun -n "$ranks")
if mpirun --version 2>/dev/null | grep -q -e "Open MPI" -e OpenRTE; then
    launch=(env TMPDIR=/tmp OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
        mpirun --oversubscribe --bind-to none -n "$ranks")
fi

# fit EXECUTOR COMMAND...: one run, its report as JSON beside its output.
fit() {
    local executor=$1
    shift
    set -- "$@" "$bin/fit_loops" "$scan" --dataset "$dataset" --voltage "$voltage" --executor "$executor" \
        -o "$out/fits_$executor.h5" --replace --json --quiet
    printf '$ %s\n' "$*"
    env -u DISTPROC_EXECUTOR -u DISTPROC_ITEM -u DISTPROC_DRY_RUN "$@" >"$out/report_$executor.json"
}
step "fit on one core (serial)" fit serial
step "fit on all cores (tbb)" fit tbb
step "fit on $ranks ranks (mpi)" fit mpi "${launch[@]}"
step "fit on $ranks ranks with threads (hybrid)" fit hybrid "${launch[@]}"

# Kills a fit on ranks, every process of it, once it has committed something, and goes on with threads.
resumed() {
    local output=$out/fits_resumed.h5 launcher waited=0
    rm -rf "$output" "$output.journal"
    set -- "${launch[@]}" "$bin/fit_loops" "$scan" --dataset "$dataset" --voltage "$voltage" --executor mpi -o "$output" \
        --commit 0.5 --quiet
    printf '$ %s &\n' "$*"
    env -u DISTPROC_EXECUTOR -u DISTPROC_ITEM -u DISTPROC_DRY_RUN "$@" &
    launcher=$!
    while kill -0 "$launcher" 2>/dev/null && ! ls "$output.journal"/*.log >/dev/null 2>&1; do
        sleep 0.01
        waited=$((waited + 1))
        [ $waited -lt 30000 ] || return 1
    done
    # shellcheck disable=SC2046 # several words: the ranks
    kill -9 "$launcher" $(cat "/proc/$launcher/task/$launcher/children" 2>/dev/null) 2>/dev/null
    wait "$launcher"
    while [ -e "$output.journal/claim" ] && ! flock -n "$output.journal/claim" true; do sleep 0.01; done # until all are gone
    set -- "$bin/fit_loops" "$scan" --dataset "$dataset" --voltage "$voltage" --executor tbb -o "$output" --quiet --json
    printf '$ %s\n' "$*"
    env -u DISTPROC_EXECUTOR -u DISTPROC_ITEM -u DISTPROC_DRY_RUN "$@" >"$out/report_resumed.json"
}
step "kill a fit on $ranks ranks half-way (kill -9), and go on with it on all cores" resumed

# All datasets of an output as bytes, in the order of their names. NaN and -0 count as the bytes that they are.
contents() {
    local name
    for name in $(h5ls "$1/fits" | cut -d ' ' -f 1 | sort); do
        printf '%s\n' "$name"
        rm -f "$out/bytes"
        h5dump -d "/fits/$name" -b LE -o "$out/bytes" "$1" >/dev/null && cat "$out/bytes" || return 1
    done
    rm -f "$out/bytes"
}
compare() {
    local executor reference sum
    set -o pipefail
    reference=$(contents "$out/fits_serial.h5" | sha256sum) || return 1
    for executor in tbb mpi hybrid resumed; do
        sum=$(contents "$out/fits_$executor.h5" | sha256sum) || return 1
        if [ "$sum" != "$reference" ]; then
            echo "fits_$executor.h5 and fits_serial.h5 differ:"
            h5diff -r "$out/fits_serial.h5" "$out/fits_$executor.h5" /fits /fits | head -n 20
            return 1
        fi
    done
}
step "compare the five results bit for bit" compare

number() { sed -n "s/.*\"$2\": \([0-9.e+-]*\)[,}].*/\1/p" "$out/report_$1.json"; }
printf '\n%-10s %6s %8s %10s %12s\n' executor ranks workers seconds "loops per s"
for executor in serial tbb mpi hybrid; do
    awk -v e="$executor" -v r="$(number "$executor" ranks)" -v w="$(number "$executor" workers)" \
        -v s="$(number "$executor" seconds)" -v n="$(number "$executor" items)" \
        'BEGIN { printf "%-10s %6d %8d %10.2f %12.0f\n", e, r, w, s, n / s }'
done
printf 'resumed:   %d loops were done when the run was killed, %d were left\n' \
    "$(number resumed items_before)" "$(number resumed items)"
printf 'all five results: the same bits\n\n'

axes=$(h5ls "$out/fits_serial.h5/fits/amplitude" | sed -n 's/.*{\(.*\)}.*/\1/p' | awk -F, '{ print NF }')
if [ "$axes" = 2 ]; then
    step "draw the map of the amplitude" "$bin/draw_map" "$out/fits_serial.h5" /fits/amplitude "$out/amplitude.png"
    echo "map:   $out/amplitude.png"
else
    echo "no map: the loops have $axes item axes, and a picture needs two"
fi
echo "fits:  $out/fits_serial.h5 (group /fits)"
echo "next:  $bin/fit_loops --help lists its options; README.md, \"A whole program\", shows how to write your own"
