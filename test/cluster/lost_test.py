#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What a job does when a node is cut off or loses a process. Standard library only.

lost_test.py CLUSTER.SH MPIRUN PROGRAM
"""
import os
import re
import subprocess
import sys
import tempfile
import time

CLUSTER, MPIRUN, PROGRAM = sys.argv[1:]
# mpirun itself waits for ever for a host that does not answer, unless it is told to ask the kernel too.
os.environ.update(OMPI_MCA_oob_tcp_keepalive_time="5", OMPI_MCA_oob_tcp_keepalive_intvl="5",
                  OMPI_MCA_oob_tcp_keepalive_probes="3")


def start(how, rank, options, slots):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "now")
        command = [CLUSTER, "run", "--mpirun", MPIRUN, "--slots", slots, "--timeout", "100"]
        command += [option.replace("FILE", file) for option in options]
        began = time.monotonic()
        with subprocess.Popen([*command, "--", PROGRAM, file, str(rank), how], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            while running.poll() is None and not os.path.exists(file):
                time.sleep(0.01)
            happened = time.monotonic()
            output, errors = running.communicate()
        if running.returncode == 77:
            print("skipped: this machine makes no nodes")
            sys.exit(77)
        print(f"{how}, rank {rank} of {slots}: exit code {running.returncode}, {happened - began:.1f} s until it happened, "
              f"{time.monotonic() - happened:.1f} s after; {output!r}\n{errors}")
        return running.returncode, output, errors, time.monotonic() - happened


def main():
    # A process dies: the node's other rank says so, or the next node's where it was alone.
    for rank, slots in ((1, "2,1"), (0, "2,1"), (2, "2,1")):
        code, output, errors, seconds = start("killed", rank, [], slots)
        node = 0 if rank < 2 else 1
        assert code not in (0, 124), code
        assert seconds < 10, seconds
        said = re.findall(rf"distproc: rank {rank} \(node {node}, host node{node + 1}, process \d+\) has died", errors)
        assert len(said) == 1, errors
        if rank < 2:
            item = re.search(r"at item (\d+)", output)[1]
            assert f"has died, at item {item};" in errors, errors

    # A node is cut off.
    code, output, errors, seconds = start("waits", 1, ["--cut-when", "FILE", "2"], "1,1")
    assert code not in (0, 124), code
    assert seconds < 30, seconds
    assert re.search(r"distproc: node 1 \(host node2, of rank 1\) has not answered for 15 s", errors), errors
    assert "when last heard of at item" in errors, errors


if __name__ == "__main__":
    main()
