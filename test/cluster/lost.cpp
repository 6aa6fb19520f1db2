// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A run during which something happens to a node, for lost_test.py: lost FILE RANK HOW. Rank RANK makes FILE at its
// eightieth item, and then: "waits" goes on, "killed" kills itself.
#include <distproc/distproc.hpp>
#include <distproc/mpi.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
    return distproc::run<distproc::mpi_executor<>>(argc, argv, [&](auto& job) {
        const std::string file = argv[1];
        const bool chosen = job.rank() == std::stoul(argv[2]);
        const std::string how = argv[3];
        int items = 0;
        std::vector<double> results;
        const auto compute = [&](double x, distproc::context& here) {
            if (chosen && ++items == 80) {
                std::printf("at item %zu\n", here.item());
                std::fflush(stdout);
                std::ofstream made(file);
                if (how == "killed") {
                    ::kill(::getpid(), SIGKILL);
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20)); // the item's own time
            return x;
        };
        distproc::options quiet{.show = distproc::progress::off, .block_seconds = 0.01};
        return execute(std::vector<double>(20'000, 1.0), compute, distproc::mpi_executor<>{},
                       distproc::memory_writer{results}, quiet);
    });
}
