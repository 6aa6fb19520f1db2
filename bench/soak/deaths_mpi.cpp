// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A run that loses a rank, for deaths.py: soak_deaths_mpi RANK SEED. That rank says at which item it is, and kills
// itself.

#include <distproc/distproc.hpp>
#include <distproc/mpi.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
    return distproc::run<distproc::mpi_executor<>>(argc, argv, [&](auto& job) {
        const bool victim = argc > 1 && job.rank() == std::stoul(argv[1]);
        std::vector<double> results;
        const auto compute = [&](double x, distproc::context& here) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            if (victim && here.random().uniform() < 0.02) {
                std::printf("dying at item %zu\n", here.item());
                std::fflush(stdout);
                ::kill(::getpid(), SIGKILL);
            }
            return x;
        };
        distproc::options how{.show = distproc::progress::off};
        how.seed = argc > 2 ? std::stoul(argv[2]) : 0;
        return execute(std::vector<double>(100'000, 1.0), compute, distproc::mpi_executor<>{},
                       distproc::memory_writer{results}, how);
    });
}
