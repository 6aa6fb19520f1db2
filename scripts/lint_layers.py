#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Holds the layers of include/distproc: which header may include which, and which target owns it.

    lint_layers.py [ROOT]            check the tree; exit code 1 if anything is wrong
    lint_layers.py --write [ROOT]    write cmake/headers.cmake from the tree, then check
    lint_layers.py --self-test       a good tree passes, and each kind of bad tree is reported
"""
import argparse
import pathlib
import re
import sys
import tempfile

# From high to low. A header includes headers of its own layer or of lower ones.
LAYERS = [
    ["umbrella"],
    ["conformance"],
    ["algorithm"],
    ["front"],
    ["farm"],
    ["graph"],
    ["flow"],
    ["executor"],
    ["writer"],
    ["source"],
    ["checkpoint"],
    ["observe"],
    ["h5", "zarr"],
    ["compress"],
    ["memory", "sync"],
    ["comm"],
    ["core"],
]
RANK = {name: len(LAYERS) - i for i, names in enumerate(LAYERS) for name in names}
FRONT = {"run.hpp", "execute.hpp"}
# What the front doors may see of executors, writers and sources: the contracts, the environment of one process, and how an
# argument becomes a source.
CONTRACTS = {"concepts.hpp", "solo_environment.hpp", "as_source.hpp"}

# Target -> what it sees. The links of cmake/distproc_targets.cmake.
SEES = {
    "CORE": {"CORE"},
    "TBB": {"TBB", "CORE"},
    "MPI": {"MPI", "CORE"},
    "HDF5": {"HDF5", "CORE"},
    "COMPRESS": {"COMPRESS", "CORE"},
    "ZARR": {"ZARR", "COMPRESS", "CORE"},
    "HYBRID": {"HYBRID", "TBB", "MPI", "CORE"},
    "ZARR_HDF5": {"ZARR_HDF5", "ZARR", "COMPRESS", "HDF5", "CORE"},
    "COMPRESSED_HDF5": {"COMPRESSED_HDF5", "COMPRESS", "HDF5", "CORE"},
}
# The first match decides who owns a header; everything else is CORE.
OWNERS = [
    ("TBB", r"tbb\.hpp|executor/tbb(/.*|_[^/]*)?\.hpp"),
    ("MPI", r"mpi\.hpp|comm/.*|executor/mpi(/.*|_[^/]*)?\.hpp"),
    ("HDF5", r"hdf5\.hpp|h5/.*|(source|writer)/hdf5(/.*|_[^/]*)?\.hpp|(source|writer)/hdf5/.*"),
    ("COMPRESS", r"compress\.hpp|compress/.*"),
    ("COMPRESSED_HDF5", r"compressed_hdf5\.hpp|writer/compressed_hdf5(/.*)?\.hpp"),
    ("ZARR_HDF5", r"zarr_hdf5\.hpp|writer/merge_shards\.hpp"),
    ("ZARR", r"zarr\.hpp|zarr/.*|writer/compressed_shard(/.*)?\.hpp|(source|writer)/shard(/.*|_[^/]*)?\.hpp|(source|writer)/shard/.*"),
    ("HYBRID", r"hybrid\.hpp|executor/hybrid(/.*|_[^/]*)?\.hpp"),
]
# Third-party header -> the headers of ours that may include it. What no line names may be included nowhere.
FENCES = [
    (r"mpi\.h|mpi-ext\.h|boost/(mpi|serialization|archive)(/.*|\.hpp)", r"comm/.*|executor/mpi(/.*|_[^/]*)?\.hpp"),
    (r"(oneapi/)?tbb(/.*|\.h)", r"executor/tbb(/.*|_[^/]*)?\.hpp"),
    (r"(hdf5|H5[A-Za-z]*|hdf5_hl)\.h", r"h5/.*|(source|writer)/(compressed_)?hdf5(/.*|_[^/]*)?\.hpp"),
    (r"(zlib|zconf|zstd|zstd_errors)\.h", r"compress/.*"),
    (r"nlohmann(/.*)?", r"zarr/.*"),
]
# What the operating system gives is no third-party library.
SYSTEM = re.compile(
    r"[a-z_]+|(sys|linux|netinet|arpa|net)/[a-z_0-9]+\.h|"
    r"(unistd|fcntl|ifaddrs|sched|signal|pthread|semaphore|poll|dirent|termios|dlfcn|cpuid|cxxabi|fenv|immintrin|x86intrin)\.h|"
    r"c[a-z0-9]+"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
MAX_LINES = 300
WARN_LINES = 200


def layer(path):
    """The layer of a header, named by its path below include/distproc."""
    if "/" in path:
        return path.split("/")[0]
    return "front" if path in FRONT else "umbrella"


def owner(path):
    for target, pattern in OWNERS:
        if re.fullmatch(pattern, path):
            return target
    return "CORE"


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), re.sub(r"//[^\n]*", "", text), flags=re.S)


def headers_of(root):
    base = root / "include" / "distproc"
    return sorted(p.relative_to(base).as_posix() for p in base.rglob("*") if p.is_file())


def check_include(path, quote, target, names):
    """The complaints about one #include in one header."""
    if quote == '"':
        yield f'includes "{target}" in quotes; write <distproc/...>, so that every header is found the same way'
        return
    if not target.startswith("distproc/"):
        for pattern, allowed in FENCES:
            if re.fullmatch(pattern, target):
                if not re.fullmatch(allowed, path):
                    yield f"includes the third-party header <{target}>, which only {allowed} may include"
                return
        if not SYSTEM.fullmatch(target):
            yield f"includes <{target}>, a third-party header that scripts/lint_layers.py does not know"
        return
    other = target[len("distproc/"):]
    if other not in names:
        yield f"includes <{target}>, which does not exist"
        return
    mine, theirs = layer(path), layer(other)
    if theirs == "umbrella" and mine != "umbrella":
        yield f"includes the umbrella <{target}>; include the headers that it needs instead"
    elif RANK.get(mine, 0) < RANK.get(theirs, 0) or (mine != theirs and RANK.get(mine) == RANK.get(theirs)):
        yield f"includes <{target}>: {mine}/ may not look up to {theirs}/"
    if owner(other) not in SEES[owner(path)]:
        yield f"belongs to target {owner(path)} and includes <{target}> of target {owner(other)}, which it does not link"
    if mine == "front" and theirs in ("executor", "writer", "source") and other.split("/")[-1] not in CONTRACTS:
        yield f"includes <{target}>; the front doors see {theirs}/concepts.hpp, never a concrete policy"


def check_header(root, path, names):
    """The complaints about one header, and the warnings."""
    text = (root / "include" / "distproc" / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    errors, warnings = [], []
    if layer(path) not in RANK:
        errors.append(f"the folder {layer(path)}/ is no layer; add it to LAYERS in scripts/lint_layers.py")
    if not path.endswith(".hpp"):
        errors.append("headers end in .hpp")
    if not lines or lines[0] != "// SPDX-License-Identifier: BSL-1.0":
        errors.append("the first line must be '// SPDX-License-Identifier: BSL-1.0'")
    if len(lines) < 2 or lines[1] != "// Copyright (c) the distproc authors":
        errors.append("the second line must be '// Copyright (c) the distproc authors'")
    if sum(line == "#pragma once" for line in lines) != 1:
        errors.append("needs one line '#pragma once'")
    if len(lines) > MAX_LINES:
        errors.append(f"has {len(lines)} lines, more than {MAX_LINES}: split it")
    elif len(lines) > WARN_LINES:
        warnings.append(f"has {len(lines)} lines, more than {WARN_LINES}")
    for quote, target in INCLUDE.findall(strip_comments(text)):
        errors.extend(check_include(path, quote, target, names))
    return errors, warnings


def check_cycles(root, names):
    """No header includes itself through others."""
    graph = {}
    for path in names:
        text = strip_comments((root / "include" / "distproc" / path).read_text(encoding="utf-8"))
        graph[path] = [t[len("distproc/"):] for _, t in INCLUDE.findall(text) if t.startswith("distproc/")]
    done, errors = set(), []

    def visit(path, trail):
        if path in trail:
            errors.append("include cycle: " + " -> ".join(trail[trail.index(path):] + [path]))
        elif path not in done:
            for other in graph.get(path, []):
                visit(other, trail + [path])
            done.add(path)

    for path in names:
        visit(path, [])
    return errors


def header_list(names):
    """The text of cmake/headers.cmake."""
    out = ["# SPDX-License-Identifier: BSL-1.0", "# Written by scripts/lint_layers.py --write; a test compares it with the tree."]
    for target in SEES:
        out.append(f"set(DISTPROC_HEADERS_{target}")
        out.extend(f"    distproc/{p}" for p in names if owner(p) == target)
        out[-1] += ")"
    return "\n".join(out) + "\n"


def check_versions(root):
    """CMakeLists.txt, the newest entry of CHANGELOG.md and core/version.hpp (and the packages) agree."""
    found = {}

    def look(name, pattern):
        path = root / name
        match = re.search(pattern, path.read_text(encoding="utf-8"), re.M) if path.is_file() else None
        found[name] = ".".join(match.groups()) if match else "no version"

    look("CMakeLists.txt", r"project\(distproc\s+VERSION\s+([0-9.]+)")
    look("CHANGELOG.md", r"^## \[?([0-9]+\.[0-9]+\.[0-9]+)")
    header = "include/distproc/core/version.hpp"
    look(header, r'version = "([0-9.]+)"')
    whole = found[header]
    look(header, r"version_major = (\d+);[\s\S]*version_minor = (\d+);[\s\S]*version_patch = (\d+);")
    found[header + " (integers)"], found[header] = found[header], whole
    for name, pattern in (("conanfile.py", r'^    version = "([0-9.]+)"'),
                          ("packaging/vcpkg/distproc/vcpkg.json", r'"version": "([0-9.]+)"')):
        if (root / name).is_file():
            look(name, pattern)
    if len(set(found.values())) != 1:
        return ["versions differ: " + ", ".join(f"{k}: {v}" for k, v in found.items())]
    return []


def check(root):
    """All complaints about a tree, and the warnings."""
    names = headers_of(root)
    errors, warnings = [], []
    if not names:
        errors.append("include/distproc: no header found")
    for path in names:
        bad, odd = check_header(root, path, set(names))
        errors.extend(f"include/distproc/{path}: {text}" for text in bad)
        warnings.extend(f"include/distproc/{path}: {text}" for text in odd)
    errors.extend(check_cycles(root, names))
    listed = root / "cmake" / "headers.cmake"
    if not listed.is_file() or listed.read_text(encoding="utf-8") != header_list(names):
        errors.append("cmake/headers.cmake does not list the headers of the tree: run scripts/lint_layers.py --write")
    errors.extend(check_versions(root))
    return errors, warnings


def self_test():
    head = "// SPDX-License-Identifier: BSL-1.0\n// Copyright (c) the distproc authors\n#pragma once\n"
    version = head + (
        "inline constexpr int version_major = 1;\ninline constexpr int version_minor = 2;\n"
        'inline constexpr int version_patch = 3;\ninline constexpr std::string_view version = "1.2.3";\n'
    )
    good = {
        "CMakeLists.txt": "project(distproc\n    VERSION 1.2.3)\n",
        "CHANGELOG.md": "# Changelog\n\n## 1.2.3\n",
        "include/distproc/core/version.hpp": version,
        "include/distproc/comm/team.hpp": head + "#include <mpi.h>\n#include <distproc/core/version.hpp>\n",
        "include/distproc/executor/concepts.hpp": head + "#include <vector>\n#include <sys/mman.h>\n",
        "include/distproc/executor/tbb.hpp": head + "#include <tbb/task_arena.h>\n",
        "include/distproc/executor/mpi.hpp": head + "#include <distproc/comm/team.hpp>\n",
        "include/distproc/executor/hybrid.hpp": head
        + "#include <distproc/executor/mpi.hpp>\n#include <distproc/executor/tbb.hpp>\n",
        "include/distproc/writer/hdf5.hpp": head + "#include <hdf5.h>\n",
        "include/distproc/execute.hpp": head + "#include <distproc/executor/concepts.hpp>\n",
        "include/distproc/distproc.hpp": head + "// #include <mpi.h>\n#include <distproc/execute.hpp>\n",
    }
    hybrid, run = "include/distproc/executor/hybrid.hpp", "include/distproc/run.hpp"
    # (what changes, what the lint must say); None as a value removes the file.
    bad = [
        ({"include/distproc/core/up.hpp": head + "#include <distproc/execute.hpp>\n"}, "may not look up to"),
        ({"include/distproc/core/up.hpp": head + "#include <distproc/distproc.hpp>\n"}, "umbrella"),
        ({run: head + "#include <distproc/distproc.hpp>\n"}, "umbrella"),
        ({run: head + "#include <distproc/executor/tbb.hpp>\n"}, "never a concrete policy"),
        ({"include/distproc/writer/hdf5.hpp": head + "#include <distproc/comm/team.hpp>\n"}, "does not link"),
        ({"include/distproc/executor/tbb.hpp": head + "#include <distproc/executor/mpi.hpp>\n"}, "does not link"),
        ({"include/distproc/executor/serial.hpp": head + "#include <distproc/executor/mpi.hpp>\n"}, "does not link"),
        ({"include/distproc/distproc.hpp": head + "#include <distproc/executor/tbb.hpp>\n"}, "does not link"),
        ({"include/distproc/core/m.hpp": head + "#include <mpi.h>\n"}, "third-party header <mpi.h>"),
        ({hybrid: head + "#include <boost/mpi/communicator.hpp>\n"}, "third-party header <boost/mpi/communicator.hpp>"),
        ({hybrid: head + "#  include <oneapi/tbb/parallel_for.h>\n"}, "third-party header <oneapi/tbb/parallel_for.h>"),
        ({"include/distproc/writer/shard.hpp": head + "#include <zlib.h>\n"}, "third-party header <zlib.h>"),
        ({"include/distproc/writer/memory.hpp": head + "#include <hdf5.h>\n"}, "third-party header <hdf5.h>"),
        ({"include/distproc/core/m.hpp": head + "#include <Eigen/Dense>\n"}, "does not know"),
        ({"include/distproc/core/m.hpp": head + '#include "version.hpp"\n'}, "in quotes"),
        ({"include/distproc/core/m.hpp": head + "#include <distproc/core/none.hpp>\n"}, "does not exist"),
        ({"include/distproc/odd/m.hpp": head}, "is no layer"),
        ({"include/distproc/core/m.hpp": head.replace("BSL-1.0", "MIT")}, "first line"),
        ({"include/distproc/core/m.hpp": head.replace("the distproc authors", "me")}, "second line"),
        ({"include/distproc/core/m.hpp": head.replace("#pragma once\n", "")}, "#pragma once"),
        ({"include/distproc/core/m.hpp": head + "\n" * 300}, "split it"),
        ({"include/distproc/core/m.h": head}, "end in .hpp"),
        ({"include/distproc/core/a.hpp": head + "#include <distproc/core/b.hpp>\n",
          "include/distproc/core/b.hpp": head + "#include <distproc/core/a.hpp>\n"}, "include cycle"),
        ({"CHANGELOG.md": "# Changelog\n\n## 1.2.4\n"}, "versions differ"),
        ({"include/distproc/core/version.hpp": version.replace("version_patch = 3", "version_patch = 4")}, "versions differ"),
        ({"cmake/headers.cmake": ""}, "does not list"),
    ]
    failures = 0
    for change, expected in [({}, None)] + bad:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**good, **change}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            if "cmake/headers.cmake" not in change:
                (root / "cmake").mkdir(exist_ok=True)
                (root / "cmake" / "headers.cmake").write_text(header_list(headers_of(root)), encoding="utf-8")
            errors, _ = check(root)
        if (expected is None and errors) or (expected is not None and not any(expected in e for e in errors)):
            failures += 1
            print(f"self-test: changing {sorted(change)} should say {expected!r}, but says {errors}")
    print(f"self-test: {len(bad) + 1} trees, {failures} judged wrongly")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write cmake/headers.cmake first")
    parser.add_argument("--self-test", action="store_true", help="check the lint itself")
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parent.parent, type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    if arguments.write:
        (arguments.root / "cmake" / "headers.cmake").write_text(header_list(headers_of(arguments.root)), encoding="utf-8")
    errors, warnings = check(arguments.root)
    for text in warnings:
        print(f"warning: {text}")
    for text in errors:
        print(f"error: {text}")
    print(f"{len(headers_of(arguments.root))} headers, {len(errors)} errors, {len(warnings)} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
