# SPDX-License-Identifier: BSL-1.0
"""Runs in a job of a real Slurm that stop before its time limit, and at its signals. Standard library only.

slurm.sh python3 slurm_test.py CHOSEN FOLDER MPIRUN [FLAGS...]: CHOSEN is run_chosen of test/run.
"""
import pathlib
import re
import shlex
import subprocess
import sys
import time
import unittest

CHOSEN, FOLDER, *MPIRUN = sys.argv[1:]
LIMIT = 60


class job:
    """Two tasks of Slurm's; `text()` is what they have printed."""

    def __init__(self, *command, minutes):
        self.output = pathlib.Path(FOLDER) / "slurm_job.txt"
        self.output.unlink(missing_ok=True)
        script = "exec " + " ".join(shlex.quote(word) for word in command)
        said = subprocess.run(["sbatch", "--overcommit", "-n", "2", "-o", self.output, f"--time={minutes}", "--wrap", script],
                              check=True, capture_output=True, text=True, timeout=LIMIT)
        self.number = said.stdout.split()[-1]

    def text(self):
        return self.output.read_text(encoding="utf-8") if self.output.exists() else ""

    def wait_until(self, what):
        end = time.monotonic() + LIMIT
        while not (found := what()):
            if time.monotonic() > end:
                raise TimeoutError(f"job {self.number}, which printed: {self.text()}")
            time.sleep(0.1)
        return found

    def exit_code(self):
        def ended():
            shown = subprocess.run(["scontrol", "-o", "show", "job", self.number], check=True, capture_output=True, text=True,
                                   timeout=LIMIT).stdout
            state = re.search(r"JobState=(\S+)", shown)[1]
            return None if state in ("PENDING", "RUNNING", "COMPLETING") else re.search(r" ExitCode=(\d+):", shown)

        return int(self.wait_until(ended)[1])


class Slurm(unittest.TestCase):
    def test_before_the_walltime(self):
        for ranks in (1, 2):
            one = job(*MPIRUN, "-n", str(ranks), CHOSEN, "before the walltime", "mpi", minutes=1)
            self.assertEqual(one.exit_code(), 75, one.text())
            self.assertIn("50 s before the end of the Slurm job", one.text())
            self.assertLess(float(re.search(r"items in (\S+) seconds", one.text())[1]), 25, one.text())

    def test_a_signal_of_the_batch_system(self):
        one = job(*MPIRUN, "-n", "2", CHOSEN, "until a signal", "mpi", minutes=5)
        one.wait_until(lambda: "at work" in one.text())
        subprocess.run(["scancel", "--signal=USR1", "--batch", one.number], check=True, timeout=LIMIT)
        self.assertEqual(one.exit_code(), 75, one.text())
        self.assertIn("SIGUSR1 has come", one.text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
