// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: an observer that sees every block, a stop token, and what the report says of an unfinished run.
// Run:   ./06_stop_and_observe; echo $?
// Prints "stopped after N of 1000000 items" with N below 1000000, and 75.

#include <distproc/distproc.hpp>
#include <distproc/tbb.hpp>

#include <cstddef>
#include <numeric>
#include <stop_token>
#include <vector>

/// Asks for a stop once enough has been seen. Only what it cares for; the rest is inherited.
struct enough : distproc::null_observer {
    explicit enough(std::stop_source& stop) : stop_(stop) {}
    void computed(const distproc::block_event& block) {
        if (block.items_done >= 100) {
            stop_.request_stop();
        }
    }
    std::stop_source& stop_;
};

int main(int argc, char** argv) {
    return distproc::run<distproc::tbb_executor>(argc, argv, [](auto& job) {
        std::vector<double> items(1'000'000, 2.0);
        std::stop_source stop;
        enough watch(stop);
        distproc::options how{.block_seconds = 1e-5};
        how.stop = stop.get_token();
        const auto report = distproc::execute(
            items, [](double x) { return x * x; }, distproc::tbb_executor{}, distproc::null_writer{}, how, watch);
        job.out() << "stopped after " << report.items << " of " << report.items_total << " items\n";
        return report;
    });
}
