// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: the checks of an executor and a writer that are no part of the library, on many ranks. What works in one
// process goes inside mpi_executor as it is.
// Run:   mpirun -n 3 ./out_of_tree_mpi
// Prints what is wrong, if anything, and "0 findings".
#include "conformance/raw_file_writer.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/executor.hpp>
#include <distproc/conformance/writer.hpp>
#include <distproc/mpi.hpp>

#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// Two threads in each rank.
struct two_threads {
    static constexpr std::string_view name = "two threads";
    static constexpr bool overlaps = true;
    using environment = distproc::solo_environment;

    distproc::solo_team make_team() const { return {}; }
    std::size_t width(const distproc::team auto&) const { return 2; }
    distproc::local_supply supply(const distproc::solo_team&, std::size_t workers, std::size_t granules) const {
        return {granules, workers};
    }
    template <class Body>
    void run(std::size_t width, Body&& body) const {
        std::vector<std::jthread> pool;
        for (std::size_t worker = 0; worker < width; ++worker) {
            pool.emplace_back([&body, worker] { body(worker); });
        }
    }
};

int main(int argc, char** argv) {
    return distproc::run<distproc::mpi_executor<two_threads>>(argc, argv, [](auto& job) {
        const distproc::mpi_executor<two_threads> executor;
        auto findings = distproc::conformance::check_executor(executor);

        const auto ranks = executor.make_team();
        const std::filesystem::path folder = ranks.broadcast(
            (std::filesystem::temp_directory_path() / ("raw_file_writer." + std::to_string(::getpid()))).string(), 0);
        int runs = 0;
        raw_file_writer last;
        const auto of_writer = distproc::conformance::check_writer<test::mixed>(
            [&] { return last = raw_file_writer{folder / std::to_string(++runs)}; },
            [&] { return last.read<test::mixed>(); }, executor, {.resumes = true});
        if (job.rank() == 0) {
            std::filesystem::remove_all(folder);
        }
        findings.insert(findings.end(), of_writer.begin(), of_writer.end());
        for (const auto& sentence : findings) {
            job.out() << sentence << '\n';
        }
        job.out() << findings.size() << " findings\n";
        return findings.empty() ? 0 : 1;
    });
}
