// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A program whose executor is chosen at run time, for run_test.py: chosen SCENARIO [EXECUTOR]

#include <distproc/distproc.hpp>
#include <distproc/hybrid.hpp>
#include <distproc/mpi.hpp>
#include <distproc/tbb.hpp>

#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

using executor = distproc::any_executor<distproc::serial_executor, distproc::tbb_executor, distproc::mpi_executor<>,
                                        distproc::hybrid_executor>;

namespace {

double square(double x) { return x * x; }

double fails_at_7(double x) {
    if (x == 7) {
        throw std::runtime_error("seven is not allowed");
    }
    return x;
}

/// A source that cannot be opened on any rank.
struct missing {
    using opened = decltype(distproc::range_source(std::declval<const std::vector<double>&>()).open());
    [[nodiscard]] static opened open() { throw std::runtime_error("there is no item here"); }
};

} // namespace

int main(int argc, char** argv) {
    return distproc::run<executor>(argc, argv, [&](auto& job) -> int {
        const std::string scenario = argc > 1 ? argv[1] : "squares";
        const executor chosen = argc > 2 ? executor{argv[2]} : executor{};
        std::vector<double> numbers(100);
        std::iota(numbers.begin(), numbers.end(), 0.0);
        std::vector<double> results;
        const distproc::options quiet{.show = distproc::progress::off};
        if (scenario == "squares") {
            const auto report = execute(numbers, square, chosen, distproc::memory_writer{results}, quiet);
            job.out() << "sum " << std::accumulate(results.begin(), results.end(), 0.0) << " by " << report.executor
                      << " on " << report.ranks << " ranks\n"
                      << report << to_json(report) << '\n';
            return report.exit_code();
        }
        if (scenario == "fails") {
            return execute(numbers, fails_at_7, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        if (scenario == "no file") {
            return execute(missing{}, square, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        if (scenario == "throws everywhere") {
            throw std::runtime_error("no such option --color");
        }
        if (scenario == "throws on rank 1") {
            if (job.rank() == 1) {
                throw std::runtime_error("rank 1 cannot find its licence");
            }
            return execute(numbers, square, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        if (scenario == "stopped") {
            std::stop_source stop;
            stop.request_stop();
            distproc::options how = quiet;
            how.stop = stop.get_token();
            return execute(numbers, square, chosen, distproc::memory_writer{results}, how).exit_code();
        }
        throw std::runtime_error("unknown scenario " + scenario);
    });
}
