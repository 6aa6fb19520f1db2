# SPDX-License-Identifier: BSL-1.0
"""What `run` promises: exit codes, one message per job, the environment variables. Standard library only.

run_test.py CHOSEN FIXED MPIRUN [FLAGS...]: CHOSEN and FIXED are the programs beside this file; without them (-) and
without MPIRUN their cases are left out."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import unittest

CHOSEN, FIXED, *MPIRUN = sys.argv[1:]
LIMIT = 60


def start(command, ranks=0, **environment):
    """Runs a program; returns (exit code, output, errors, seconds)."""
    if ranks:
        command = [*MPIRUN, "-n", str(ranks), *command]
    begin = time.monotonic()
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=LIMIT)
    return done.returncode, done.stdout, done.stderr, time.monotonic() - begin


def own_lines(errors):
    """What the library said, without mpirun's own words."""
    return [line for line in errors.splitlines() if line.startswith("distproc:")]


class memory_group:
    """A control group with so many bytes of memory; the test is skipped where none can be made."""

    def __init__(self, limit):
        self.limit = limit

    def __enter__(self):
        for mount, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
            self.path = f"{mount}/distproc-test-{os.getpid()}"
            try:
                os.mkdir(self.path)
            except OSError:
                continue
            try:
                with open(f"{self.path}/{file}", "w", encoding="ascii") as limit:
                    limit.write(str(self.limit))
                return self
            except OSError:
                os.rmdir(self.path)
        raise unittest.SkipTest("no control group can be made here")

    def enter(self):
        with open(f"{self.path}/cgroup.procs", "w", encoding="ascii") as members:
            members.write(str(os.getpid()))

    def __exit__(self, *_):
        for _ in range(100):  # until the kernel has let go of its processes
            try:
                os.rmdir(self.path)
                return
            except OSError:
                time.sleep(0.05)


@unittest.skipIf(FIXED == "-", "no program with a fixed executor")
class Fixed(unittest.TestCase):
    def test_done(self):
        code, output, errors, _ = start([FIXED])
        self.assertEqual((code, output, own_lines(errors)), (0, "first 6\n", []))

    def test_variable_without_effect_is_one_line(self):
        code, output, errors, _ = start([FIXED], DISTPROC_EXECUTOR="tbb")
        self.assertEqual((code, output), (0, "first 6\n"))
        self.assertEqual(len(own_lines(errors)), 1)
        self.assertIn("DISTPROC_EXECUTOR=tbb has no effect: this program's executor is fixed as serial", errors)

    def test_same_name_says_nothing(self):
        self.assertEqual(own_lines(start([FIXED], DISTPROC_EXECUTOR="serial")[2]), [])

    def test_one_item(self):
        code, output, _, _ = start([FIXED], DISTPROC_ITEM="4")
        self.assertEqual(code, 0)
        self.assertIn("item 4 of 10: 6", output)

    def test_one_list(self):
        for item, text in ("0", "[]"), ("2", "[3, 3]"):
            code, output, _, _ = start([FIXED, "lists"], DISTPROC_ITEM=item)
            self.assertEqual((code, output), (0, f"item {item} of 10: {text}\n"))
        code, output, _, _ = start([FIXED, "lists"], DISTPROC_DRY_RUN="1")
        self.assertEqual(code, 0)
        self.assertIn("result   lists of any length, 8 bytes: values", output)

    def test_item_that_is_none(self):
        for text in ("10", "-1", "x"):
            code, _, errors, _ = start([FIXED], DISTPROC_ITEM=text)
            self.assertEqual(code, 1)
            self.assertEqual(len(own_lines(errors)), 1)
            self.assertIn(f"DISTPROC_ITEM='{text}'" if text != "10" else "DISTPROC_ITEM=10", errors)

    def test_dry_run(self):
        code, output, _, _ = start([FIXED], DISTPROC_DRY_RUN="1")
        self.assertEqual(code, 0)
        for words in ("nothing is computed", "range of 10 items", "workers: 1", "first 0"):
            self.assertIn(words, output)

    @unittest.skipIf(not MPIRUN, "no mpirun")
    def test_several_processes_are_refused(self):
        code, output, errors, _ = start([FIXED], ranks=3)
        self.assertNotEqual(code, 0)
        self.assertEqual(output, "")
        self.assertEqual(len(own_lines(errors)), 1)
        self.assertIn("3 processes were started", errors)


@unittest.skipIf(CHOSEN == "-" or not MPIRUN, "no MPI")
class Chosen(unittest.TestCase):
    def test_each_executor_by_name(self):
        for name, ranks in (("serial", 1), ("tbb", 1), ("mpi", 1), ("mpi", 3), ("hybrid", 1), ("hybrid", 2)):
            code, output, errors, _ = start([CHOSEN, "squares", name], ranks=ranks)
            self.assertEqual((code, own_lines(errors)), (0, []))
            self.assertTrue(output.startswith(f"sum 328350 by {name} on {ranks} ranks\n"), output)
            figures = json.loads(output.splitlines()[-1])
            self.assertEqual((figures["items"], figures["ranks"], figures["stopped"]), (100, ranks, False))
            self.assertEqual(output.count("done: 100 of 100 items"), 1)

    def test_without_mpirun(self):
        code, output, _, _ = start([CHOSEN, "squares", "hybrid"])
        self.assertEqual(code, 0)
        self.assertIn("by hybrid on 1 ranks", output)

    def test_variable_outranks_code(self):
        code, output, _, _ = start([CHOSEN, "squares", "tbb"], ranks=2, DISTPROC_EXECUTOR="mpi")
        self.assertEqual(code, 0)
        self.assertIn("by mpi on 2 ranks", output)

    def test_unknown_names_list_the_valid_ones(self):
        for command, who in (([CHOSEN, "squares", "cuda"], "the program"), ([CHOSEN, "squares"], "DISTPROC_EXECUTOR")):
            environment = {"DISTPROC_EXECUTOR": "cuda"} if who == "DISTPROC_EXECUTOR" else {}
            code, _, errors, _ = start(command, ranks=2, **environment)
            self.assertEqual(code, 1)
            self.assertEqual(len(own_lines(errors)), 1)
            self.assertIn(f"{who} asks for the executor 'cuda'; choose one of: serial, tbb, mpi, hybrid", errors)

    def test_serial_under_several_ranks(self):
        for name in ("serial", "tbb"):
            code, output, errors, _ = start([CHOSEN, "squares", name], ranks=2)
            self.assertEqual((code, output), (1, ""))
            self.assertEqual(len(own_lines(errors)), 1)
            self.assertIn(f"the executor '{name}' uses one process, but 2 were started", errors)

    def test_failure_is_said_once(self):
        for name, ranks in (("mpi", 1), ("mpi", 4), ("hybrid", 3)):
            code, _, errors, seconds = start([CHOSEN, "fails", name], ranks=ranks)
            self.assertEqual(code, 1)
            self.assertEqual(len(own_lines(errors)), 1, errors)
            self.assertRegex(errors, r"item 7, computing on rank \d \(node 0\): seven is not allowed")
            self.assertLess(seconds, 20)

    def test_exception_on_all_ranks_is_said_once(self):
        code, _, errors, _ = start([CHOSEN, "throws everywhere"], ranks=3)
        self.assertEqual(code, 1)
        self.assertEqual(own_lines(errors), ["distproc: no such option --color"])

    def test_exception_on_one_rank_ends_the_job(self):
        code, _, errors, seconds = start([CHOSEN, "throws on rank 1", "mpi"], ranks=3)
        self.assertNotEqual(code, 0)
        self.assertEqual(own_lines(errors), ["distproc: rank 1: rank 1 cannot find its licence"])
        self.assertLess(seconds, 20)

    def test_stopped(self):
        for ranks in (1, 3):
            self.assertEqual(start([CHOSEN, "stopped", "mpi"], ranks=ranks)[0], 75)

    def test_a_dead_rank_ends_the_job_and_is_named(self):
        ways = ("killed", "exits", "aborts", "divides by zero", "overflows its stack")
        for way, name, ranks, victim in ((way, "mpi", 3, rank) for way in ways[:1] for rank in (0, 1, 2)):
            self.check_death(way, name, ranks, victim)
        for way in ways[1:]:
            self.check_death(way, "mpi", 2, 1)
        self.check_death("killed", "hybrid", 2, 1)

    def check_death(self, way, name, ranks, victim):
        code, output, errors, seconds = start([CHOSEN, "dies", name, way, str(victim)], ranks=ranks)
        self.assertNotEqual(code, 0)
        self.assertLess(seconds, 10)
        item = re.search(r"dying at item (\d+)", output)[1]
        words = rf"rank {victim} \(node 0, host \S+, process \d+\) has died, at item ([\d, ]+); the job is ended"
        self.assertRegex(errors, words, f"{way}, {name}")
        self.assertIn(item, re.search(words, errors)[1].split(", "))

    def test_a_stopped_rank_is_not_taken_for_dead(self):
        code, _, errors, seconds = start([CHOSEN, "dies", "mpi", "is stopped for 3 s", "1"], ranks=3)
        self.assertEqual((code, own_lines(errors)), (0, []))
        self.assertGreater(seconds, 3)

    def test_an_item_that_never_ends(self):
        for name, ranks in (("serial", 0), ("tbb", 0), ("mpi", 2)):
            code, _, errors, seconds = start([CHOSEN, "never ends", name], ranks=ranks)
            self.assertEqual(code, 1)
            self.assertLess(seconds, 20)
            self.assertRegex(errors, r"distproc: item 17 on rank \d takes longer than 0.5 s")
            self.assertRegex(errors, r"distproc: item 17 on rank \d does not end.*; the job is ended")
            self.assertEqual(len(own_lines(errors)), 2, errors)

    def test_an_item_that_finds_no_memory(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

        def run(*arguments):
            return subprocess.run([CHOSEN, *arguments], capture_output=True, text=True, timeout=LIMIT, preexec_fn=limit)

        if run("squares", "serial").returncode != 0:
            self.skipTest("a sanitizer takes more address space than that")
        for name in ("serial", "tbb"):
            done = run("takes memory", name)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(own_lines(done.stderr),
                             ["distproc: item 17, computing on rank 0 (node 0): out of memory (std::bad_alloc)"])

    def test_an_item_that_takes_all_memory_is_named_before_the_system_kills_it(self):
        with memory_group(1 << 29) as group:
            for name in ("tbb", "mpi"):
                done = subprocess.run([CHOSEN, "takes memory", name], capture_output=True, text=True, timeout=LIMIT,
                                      preexec_fn=group.enter)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, r"distproc: rank 0 has taken \d+ MB of memory since the run began, and "
                                              r"only .* are left; it is at item (\d+, )?17(, \d+)?; the job is ended")

    def test_the_start_up_check(self):
        for name, ranks in (("serial", 0), ("tbb", 0), ("mpi", 3), ("hybrid", 2)):
            code, _, errors, _ = start([CHOSEN, "squares", name], ranks=ranks, DISTPROC_CHECK="1")
            self.assertEqual(code, 0)
            self.assertEqual(errors.count("distproc: start-up check"), 1)
            number = f"{max(1, ranks)} rank" + ("s" if ranks > 1 else "")
            how = r"one process" if ranks == 0 else r"[^,\n]+, MPI_THREAD_(SERIALIZED|MULTIPLE)"
            self.assertRegex(errors, rf"  executor  {name}, {number} on 1 node; {how}\n")
            self.assertRegex(errors, rf"  node 0    \S+: {number}, \d+ workers?; .*\d+ cores?.*; memory: [\d.]+ .B free, "
                                     r"[\d.]+ .B for this run; /dev/shm: [\d.]+ k?.?B free\n")

    def test_warnings(self):
        # Two ranks on one core, once for each process.
        core = str(min(os.sched_getaffinity(0)))
        done = subprocess.run(["taskset", "-c", core, *MPIRUN, "-n", "2", CHOSEN, "squares twice", "mpi"],
                              env={**os.environ, "DISTPROC_WARNINGS": ""}, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(own_lines(done.stderr)), 1, done.stderr)
        self.assertRegex(done.stderr, r"distproc: warning: node 0: 2 ranks with 2 workers (may use|have) 1 core")

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "one core")
    def test_threads_within_workers_are_warned_of(self):
        code, _, errors, _ = start([CHOSEN, "squares", "tbb"], LD_PRELOAD="libgomp.so.1", OMP_NUM_THREADS="8",
                                   DISTPROC_WARNINGS="")
        if "cannot be preloaded" in errors or "runtime does not come first" in errors:
            self.skipTest("no OpenMP here, or a sanitizer must be loaded first")
        self.assertEqual(code, 0)
        self.assertEqual(len(own_lines(errors)), 1, errors)
        self.assertIn("OpenMP or OpenBLAS would start 8 threads within each worker", errors)

    def test_little_shared_memory_is_warned_of(self):
        apart = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=40m none /dev/shm && exec "$@"', "sh"]
        if subprocess.run([*apart, "true"], capture_output=True, timeout=LIMIT).returncode != 0:
            self.skipTest("no right to mount")
        for what in "gathered squares", "gathered arrays":
            done = subprocess.run([*apart, *MPIRUN, "-n", "2", CHOSEN, what, "mpi"], env={**os.environ, "DISTPROC_WARNINGS": ""},
                                  capture_output=True, text=True, timeout=LIMIT)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("/dev/shm has room for 33.6 MB of the 67.1 MB that node_gather asks for" in done.stderr,
                             what == "gathered arrays", done.stderr)

    def test_a_workspace_that_is_unknown_on_one_rank(self):
        code, _, errors, seconds = start([CHOSEN, "bad workspace", "mpi"], ranks=3)
        self.assertEqual(code, 1)
        self.assertEqual(len(own_lines(errors)), 1, errors)
        self.assertIn("planning on rank 1 (node 0): the size of the model is unknown", errors)
        self.assertLess(seconds, 20)

    def test_clocks_that_jump(self):
        clock = {"LD_PRELOAD": os.environ["DISTPROC_TEST_CLOCK"]}
        code, _, errors, _ = start([CHOSEN, "squares", "serial"], **clock)
        if "runtime does not come first" in errors:
            self.skipTest("a sanitizer must be loaded first")
        self.assertEqual(code, 0, errors)
        for name, ranks in (("tbb", 0), ("mpi", 3), ("hybrid", 2)):
            code, output, errors, seconds = start([CHOSEN, "gathered squares", name], ranks=ranks, **clock)
            self.assertEqual((code, own_lines(errors)), (0, []))
            self.assertIn("sum 328350", output)
            self.assertLess(seconds, 20)
            code, output, _, _ = start([CHOSEN, "for a second", name], ranks=ranks, **clock)
            self.assertEqual(code, 75)
            self.assertTrue(1 <= float(re.search(r"items in (\S+) seconds", output)[1]) < 15, output)

    def test_nobody_watches(self):
        code, _, errors, _ = start([CHOSEN, "dies", "mpi", "killed", "1"], ranks=2, DISTPROC_WATCHDOG="off")
        self.assertNotEqual(code, 0)
        self.assertEqual(own_lines(errors), [])

    def test_until_a_signal(self):
        for name in ("serial", "tbb", "mpi"):
            with subprocess.Popen([CHOSEN, "until a signal", name], stdout=subprocess.PIPE, text=True) as running:
                timer = threading.Timer(LIMIT, running.kill)
                timer.start()
                self.assertEqual(running.stdout.readline(), "at work\n")
                running.send_signal(signal.SIGTERM)
                output = running.stdout.read()
                timer.cancel()
            self.assertEqual(running.returncode, 75)
            self.assertRegex(output, r"^SIGTERM has come\n\d+ items in \S+ seconds\n$")

    def test_a_signal_to_one_rank_stops_all(self):
        for name, ranks in (("mpi", 3), ("hybrid", 2)):
            code, output, errors, seconds = start([CHOSEN, "until it signals", name], ranks=ranks)
            self.assertEqual((code, own_lines(errors)), (75, []))
            self.assertEqual(output.count("SIGUSR1 has come"), 1)
            self.assertRegex(output, r"\d+ items")
            self.assertLess(seconds, 20)

    def test_one_item_in_one_process(self):
        code, output, _, _ = start([CHOSEN, "squares", "hybrid"], ranks=2, DISTPROC_ITEM="9")
        self.assertEqual(code, 0)
        self.assertEqual(output.count("item 9 of 100: 81"), 1)

    def test_dry_run_names_ranks_and_workers(self):
        code, output, _, _ = start([CHOSEN, "squares", "mpi"], ranks=3, DISTPROC_DRY_RUN="1")
        self.assertEqual(code, 0)
        self.assertEqual(output.count("node 0   ranks: 3, workers: 3"), 1)

    def test_bad_thread_support_is_said(self):
        code, _, errors, _ = start([CHOSEN, "squares", "mpi"], DISTPROC_MPI_THREADS="junk")
        self.assertEqual(code, 1)
        self.assertEqual(own_lines(errors), ["distproc: DISTPROC_MPI_THREADS='junk' is unknown; say serialized or multiple"])

    def test_failure_of_all_ranks_counts_once(self):
        code, _, errors, _ = start([CHOSEN, "no file", "mpi"], ranks=3)
        self.assertEqual(code, 1)
        self.assertEqual(len(own_lines(errors)), 1)
        self.assertIn("there is no item here", errors)
        self.assertNotIn("other failures", errors)

    def test_singletons_are_warned_of(self):
        # What a process sees when mpirun and the MPI library do not belong together.
        code, _, errors, _ = start([CHOSEN, "squares", "mpi"], PMI_SIZE="4", PMI_RANK="0")
        self.assertEqual(code, 0)
        self.assertEqual(len(own_lines(errors)), 1, errors)
        self.assertIn("4", own_lines(errors)[0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
