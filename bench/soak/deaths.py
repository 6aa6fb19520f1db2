#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Kills ranks at random moments and measures how long the job goes on. Standard library only.

deaths.py PROGRAM TRIES COMMAND...: PROGRAM is soak_deaths_mpi, COMMAND starts it on some ranks (mpirun ... -n 3).
"""
import random
import re
import statistics
import subprocess
import sys
import time

PROGRAM, TRIES, *COMMAND = sys.argv[1:]


def main():
    seed = random.SystemRandom().randrange(1 << 32)
    choose = random.Random(seed)
    ranks = int(COMMAND[-1])
    seconds = []
    silent = 0
    for _ in range(int(TRIES)):
        victim = choose.randrange(ranks)
        with subprocess.Popen([*COMMAND, PROGRAM, str(victim), str(choose.randrange(1 << 32))], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            line = running.stdout.readline()
            died = time.monotonic()
            _, errors = running.communicate(timeout=60)
            seconds.append(time.monotonic() - died)
        item = re.search(r"dying at item (\d+)", line)[1]
        if not re.search(rf"rank {victim} \(.*\) has died, at item {item};", errors) or running.returncode == 0:
            silent += 1
    print(f"{TRIES} killed ranks of {ranks} (seed {seed}): {silent} without the line that names rank and item; the job ended "
          f"{statistics.median(seconds):.2f} s after the kill in the median, {max(seconds):.2f} s at most")
    sys.exit(1 if silent or max(seconds) > 10 else 0)


if __name__ == "__main__":
    main()
