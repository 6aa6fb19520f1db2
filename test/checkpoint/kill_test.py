# SPDX-License-Identifier: BSL-1.0
"""Runs that are killed with SIGKILL at random moments, and started again with another executor, writer and number of ranks.

kill_test.py KILLED KILLS MPIRUN [FLAGS...]: KILLED is the program beside this file. After each kill h5py opens the output
and finds the results of all committed items right; no committed item is ever computed again; and what all the runs
together leave is equal, bit for bit, to what numpy computes."""

import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

KILLED, MPIRUN = "", []
ITEMS = 4000
HEAD = struct.Struct("<4sIQQII")  # of a record of the journal: magic, kind, bytes, number and two sums


def right():
    item = numpy.arange(ITEMS)
    single = item.astype(numpy.float32)
    shape = numpy.stack([single, single / 2, -single], axis=1)
    return {"value": 3 * numpy.sqrt(item + 1.0), "steps": item * item, "shape": shape}


def committed(journal):
    """What the logs say is durable, read by other means than the library's."""
    done = numpy.zeros(ITEMS, bool)
    for log in journal.glob("*.log"):
        data, at = log.read_bytes(), 0
        while len(data) - at >= HEAD.size:
            magic, kind, size, _, _, _ = HEAD.unpack_from(data, at)
            at += HEAD.size
            if magic != b"DPJ1" or len(data) - at < size:
                break
            if kind == 2:
                for first, last in numpy.frombuffer(data[at:at + size], "<u8").reshape(-1, 2):
                    done[int(first):int(last)] = True
            at += size
    return done


def descendants(root):
    """The process and all below it."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                pass  # it has ended
    found = [root]
    for one in found:
        found += [pid for pid, parent in parents.items() if parent == one]
    return found


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def is_there(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def processes_of(output):
    """All whose command names the output, also those that were started while the others were killed."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if str(output).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                pass  # it has ended
    return found


def wait_for_the_end(process, pids, output, limit=60):
    """Until all of a job's processes have ended; those that live longer than the limit are an error.

    Only mpirun is not: that of Open MPI 4.1 with PMIx 4.2 sometimes waits for itself for ever, in PMIx_server_finalize, after a rank was
    killed. It is killed once all its ranks have ended."""
    launcher = {process.pid} if process.args[0] != KILLED else set()
    end = time.monotonic() + limit
    while left := [pid for pid in {*pids, *processes_of(output)} - launcher if is_there(pid)]:
        assert time.monotonic() < end, f"these still run: {left}"
        time.sleep(0.01)
    try:
        process.communicate(timeout=limit / 6)
    except subprocess.TimeoutExpired:
        assert launcher, "it has ended, and its output has not"
        print("mpirun waits for itself, though all its ranks have ended; it is killed", flush=True)
        process.kill()
        process.communicate(timeout=limit)


def command(output, computed, choose):
    executor, ranks = choose.choice([("serial", 0), ("tbb", 0), ("mpi", 1), ("mpi", 2), ("mpi", 3), ("mpi", 4), ("hybrid", 2)])
    writer = choose.choice(["hdf5", "node_gather"])
    run = [KILLED, str(output), executor, writer, str(computed), str(ITEMS)]
    return [*MPIRUN, "-n", str(ranks), *run] if ranks else run


def run_and_kill(run, output, computed, choose):
    """Starts a run and kills a rank, the launcher or everything. True where the run ended before."""
    before = computed.stat().st_size if computed.exists() else 0
    process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    in_the_middle = choose.random() < 0.9
    while in_the_middle and process.poll() is None:
        if computed.exists() and computed.stat().st_size > before:
            break
        time.sleep(0.001)
    end = time.monotonic() + choose.uniform(0, 0.15)
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.001)
    pids = descendants(process.pid)
    victims = {"all": pids, "launcher": [process.pid], "rank": [choose.choice(pids[1:] or pids)]}
    if process.poll() is not None:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
        return True
    for pid in victims[choose.choice(list(victims))]:
        kill(pid)
    wait_for_the_end(process, pids, output)
    return process.returncode == 0 or is_complete(output)  # its ranks may have come to the end without their launcher


def is_complete(output):
    if not output.exists():
        return False
    with h5py.File(output) as file:
        return file["fits"].attrs["complete"] == 1


def check(output, done):
    if not output.exists():
        assert not done.any()
        return
    with h5py.File(output) as file:
        for name, values in right().items():
            there = file["fits"][name][...]
            assert there.dtype == values.dtype and there.shape == values.shape
            assert there[done].tobytes() == values[done].tobytes(), name


def chain(folder, kills, choose):
    """Kills runs of one output until they have done it; returns how many were killed, and what they recomputed."""
    output, computed = folder / "x.h5", folder / "computed"
    journal = folder / "x.h5.journal"
    done, killed, seen = numpy.zeros(ITEMS, bool), 0, 0
    while killed < kills and not run_and_kill(command(output, computed, choose), output, computed, choose):
        killed += 1
        now = numpy.fromfile(computed, "<u8")[seen:] if computed.exists() else numpy.zeros(0, "<u8")
        seen += len(now)
        again = now[done[now]]
        assert not len(again), f"committed, and computed again: {again}"
        still = committed(journal)
        assert not (done & ~still).any(), "what was committed is not committed any more"
        done = still
        check(output, done)
    last = subprocess.run(command(output, computed, choose), capture_output=True, text=True, timeout=60, check=False)
    assert last.returncode == 0, last.stderr
    report = json.loads(last.stdout)
    now = numpy.fromfile(computed, "<u8")[seen:]
    assert not len(now[done[now]]), "committed, and computed again"
    assert report["items"] + report["items_before"] == ITEMS, report
    check(output, numpy.ones(ITEMS, bool))
    assert is_complete(output)
    assert sorted(entry.name for entry in folder.iterdir()) == ["computed", "x.h5"]
    return killed, len(numpy.fromfile(computed, "<u8")) - ITEMS


def main():
    global KILLED, MPIRUN
    KILLED, kills, *MPIRUN = sys.argv[1:]
    seed = int(os.environ.get("DISTPROC_SEED", time.time_ns() % 2**32))
    print("seed", seed, flush=True)
    choose = random.Random(seed)
    killed = chains = again = 0
    while killed < int(kills):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="distproc-kill-"))
        try:
            one, more = chain(folder, int(kills) - killed, choose)
        except BaseException:
            print("what is left is in", folder, flush=True)
            raise
        shutil.rmtree(folder)
        killed, chains, again = killed + one, chains + 1, again + more
    print(f"{killed} kills of {chains} outputs; nothing was lost; {again / max(1, killed):.1f} items of {ITEMS} were computed again "
          f"for each kill", flush=True)


if __name__ == "__main__":
    main()
