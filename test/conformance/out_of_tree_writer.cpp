// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: the check of a writer that is no part of the library, see raw_file_writer.hpp; also that it goes on with a run
// that was stopped.
// Run:   ./out_of_tree_writer
// Prints what is wrong, if anything, and "0 findings".
#include "conformance/raw_file_writer.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>

#include <unistd.h>

#include <complex>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

int main() {
    const auto folder = std::filesystem::temp_directory_path() / ("raw_file_writer." + std::to_string(::getpid()));
    int runs = 0;
    raw_file_writer last;
    std::vector<std::string> findings;
    const auto check = [&]<class Result>(const Result&) {
        const auto found = distproc::conformance::check_writer<Result>(
            [&] { return last = raw_file_writer{folder / std::to_string(++runs)}; },
            [&] { return last.read<Result>(); }, distproc::serial_executor{}, {.resumes = true});
        findings.insert(findings.end(), found.begin(), found.end());
    };
    check(test::mixed{});
    check(std::complex<double>{}); // also arrays of these
    std::filesystem::remove_all(folder);
    for (const auto& sentence : findings) {
        std::cout << sentence << '\n';
    }
    std::cout << findings.size() << " findings in " << runs << " outputs\n";
    return findings.empty() ? 0 : 1;
}
