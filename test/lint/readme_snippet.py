# SPDX-License-Identifier: BSL-1.0
"""The README's program is compiled and run as an example: every C++ block after a line `<!-- FILE -->` stands in FILE."""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
text = (root / "README.md").read_text()
blocks = re.findall(r"<!-- (\S+) -->\n```cpp\n(.*?)```", text, re.S)
if not blocks:
    sys.exit("README.md has no C++ block with the name of its file above it")
for name, block in blocks:
    program = (root / name).read_text()
    wanted = [line.strip() for line in block.splitlines() if line.strip()]
    there = [line.strip() for line in program.splitlines()]
    missing = [line for line in wanted if line not in there]
    if missing:
        sys.exit(f"README.md shows lines that are not in {name}:\n  " + "\n  ".join(missing))
print(f"{len(blocks)} block(s) of README.md compared with the examples")
