// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A program whose executor is fixed when it is compiled, for run_test.py. Runs twice, so that a note that is to come
// once would show if it came twice. With an argument its results are lists.

#include <distproc/distproc.hpp>

#include <vector>

int main(int argc, char** argv) {
    return distproc::run<distproc::serial_executor>(argc, argv, [argc](auto& job) {
        const std::vector<double> numbers(10, 3.0);
        if (argc > 1) {
            std::vector<std::vector<double>> lists;
            const auto list = [](double x, distproc::context& here) { return std::vector<double>(here.item(), x); };
            return execute(numbers, list, distproc::serial_executor{}, distproc::memory_writer{lists});
        }
        std::vector<double> results;
        const auto twice = [](double x) { return 2 * x; };
        const auto once = execute(numbers, twice, distproc::serial_executor{}, distproc::memory_writer{results});
        const auto again = execute(numbers, twice, distproc::serial_executor{}, distproc::memory_writer{results});
        job.out() << "first " << (once.trial ? 0.0 : results.front()) << '\n';
        return again;
    });
}
