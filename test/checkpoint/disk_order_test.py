# SPDX-License-Identifier: BSL-1.0
"""What a commit does to the disk, in which order, as a preloaded library records it.

disk_order_test.py KILLED RECORDER: KILLED is the program beside this file, RECORDER the library. Results come to the disk before the
note that says so, and that before the next one; and where the disk says that it has lost results, nothing later says that they are
there."""

import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy

from kill_test import ITEMS, committed, right

KILLED, RECORDER = sys.argv[1:]


def run(folder, executor, fault=None):
    environment = {**os.environ, "LD_PRELOAD": RECORDER, "DISTPROC_TEST_RECORD": str(folder / "record")}
    if fault:
        environment["DISTPROC_TEST_FAULT"] = fault
    command = [KILLED, str(folder / "x.h5"), executor, "hdf5", str(folder / "computed"), str(ITEMS)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def events(folder):
    """What happened to the output and to the logs, in order: ("write", "x.h5"), ("sync", "log") ..."""
    for line in (folder / "record").read_text().splitlines():
        what, name = line.split(" ", 1)
        if name == str(folder / "x.h5") or name.endswith(".log"):
            yield what, "x.h5" if name.endswith("x.h5") else "log"


def check_order(folder):
    """Returns how many commits there were."""
    unsynced, noted, commits = False, False, 0
    for what, name in events(folder):
        if name == "x.h5":
            assert not (noted and what == "write"), "results are written before the note is on the disk"
            unsynced = what == "write" or (unsynced and what == "fault")
        elif what == "write":
            assert not unsynced, "the note is written before the results are on the disk"
            noted = True
        else:
            noted, commits = False, commits + 1
    assert not noted
    return commits


def main():
    with tempfile.TemporaryDirectory(prefix="distproc-order-") as name:
        folder = pathlib.Path(name)
        done = run(folder, "serial")
        assert done.returncode == 0, done.stderr
        commits = check_order(folder)
        assert commits > 5, commits
        print(commits, "commits in order")

    for executor in "serial", "tbb":
        with tempfile.TemporaryDirectory(prefix="distproc-order-") as name:
            folder = pathlib.Path(name)
            failed = run(folder, executor, "x.h5 3")
            assert failed.returncode == 1, failed.returncode
            assert "x.h5' cannot be brought to the disk: Input/output error" in failed.stderr, failed.stderr
            seen = list(events(folder))
            lost = seen.index(("fault", "x.h5"))
            assert ("write", "log") in seen[:lost], "nothing was committed before"
            assert ("write", "log") not in seen[lost:], "something is committed after results were lost"
            count = committed(folder / "x.h5.journal").sum()
            assert 0 < count < ITEMS
            (folder / "record").unlink()
            again = run(folder, executor)
            assert again.returncode == 0, again.stderr
            assert f'"items_before": {count},' in again.stdout, again.stdout
            with h5py.File(folder / "x.h5") as file:
                for column, values in right().items():
                    assert numpy.array_equal(file["fits"][column][...], values), column
            print(executor, "goes on after lost results:", count, "of", ITEMS, "were committed")


main()
