#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check.py SOURCE SECTION HEADER -- COMPILER FLAGS...

Compiles SOURCE. With the SECTION "none" it must compile; with another it must fail and print each sentence that stands in an
"// EXPECT: " line of that section. "none" also makes HEADER, of SOURCE's includes, and compiles it for the sections, which
would otherwise read the same headers again, each on its own.
"""
import os
import re
import subprocess
import sys


def expected_sentences(source, section):
    """The EXPECT lines between '#if defined(SECTION_x)' and the next preprocessor conditional."""
    sentences, inside = [], False
    with open(source, encoding="utf-8") as lines:
        for line in lines:
            if re.match(r"#\s*(if|elif|else|endif)", line):
                inside = line.strip() == f"#if defined(SECTION_{section})"
            elif inside and (match := re.match(r"\s*// EXPECT: (.*\S)", line)):
                sentences.append(match.group(1))
    return sentences


def main():
    source, section, header, dashes, *command = sys.argv[1:]
    if dashes != "--":
        sys.exit(__doc__)
    # Without the quoted source lines: the sentence must come from the compiler, not from the file.
    version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True).stdout
    precompile = command + ["-x", "c++-header", header, "-o", f"{header}.gch"]
    command += ["-fsyntax-only", "-fno-caret-diagnostics" if "clang" in version else "-fno-diagnostics-show-caret"]
    if section != "none":
        command += [f"-DSECTION_{section}", "-include", header]
    result = subprocess.run(command + [source], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    output = result.stdout + result.stderr

    if section == "none":
        if result.returncode != 0:
            sys.exit(f"{source} must compile without a section, but the compiler says\n{output}")
        with open(source, encoding="utf-8") as lines, open(header, "w", encoding="utf-8") as includes:
            includes.writelines(line for line in lines if line.startswith("#include"))
        subprocess.run(precompile, check=True)
        return
    sentences = expected_sentences(source, section)
    if not sentences:
        sys.exit(f"section {section} of {source} has no line '// EXPECT: sentence'")
    if result.returncode == 0:
        sys.exit(f"section {section} of {source} compiles, and must not")
    for sentence in sentences:
        if sentence not in output:
            sys.exit(f"section {section} of {source} must fail with\n    {sentence}\nbut the compiler says\n{output}")
    print(f"{len(output.splitlines())} lines of diagnostics, with: {' | '.join(sentences)}")


main()
