// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Memory of runs over a source 50 times as large as their budget: mpirun -n 2 soak_memory_mpi FOLDER [BUDGET_MIB].
// Prints, for each writer, the proportional set size of all ranks together at its highest, less what the same run takes
// over a source of one block, beside the budget. Exit code 1 where it is more.

#include <distproc/compressed_hdf5.hpp>
#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/mpi.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/shard.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ranges>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t width = 8192; ///< doubles of an item: 64 KiB

/// Of this process, bytes.
std::size_t proportional_set_size() {
    std::ifstream in("/proc/self/smaps_rollup");
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("Pss:")) {
            return std::stoul(line.substr(4)) * 1024;
        }
    }
    return 0;
}

/// Watches this process while it lives.
class highest {
public:
    highest()
        : thread_([this](const std::stop_token& over) {
              while (!over.stop_requested()) {
                  peak_ = std::max(peak_.load(), proportional_set_size());
                  std::this_thread::sleep_for(std::chrono::milliseconds(2));
              }
          }) {}
    std::size_t stop() {
        thread_.request_stop();
        thread_.join();
        return peak_;
    }

private:
    std::atomic<std::size_t> peak_{0};
    std::jthread thread_;
};

/// What all ranks together had at most; no rank's moment is another's, so it is an upper bound.
template <class Run>
std::size_t peak_of(const distproc::mpi_team& ranks, Run&& run) {
    highest mine;
    run();
    std::size_t all = 0;
    for (const std::string& one : ranks.all_gather(std::to_string(mine.stop()))) {
        all += std::stoul(one);
    }
    return all;
}

} // namespace

int main(int argc, char** argv) {
    return distproc::run<distproc::mpi_executor<>>(argc, argv, [&](auto& job) {
        const std::string folder = argc > 1 ? argv[1] : ".";
        const std::size_t budget = (argc > 2 ? std::stoul(argv[2]) : 64) << 20U;
        const distproc::mpi_executor<> on;
        const auto ranks = on.make_team();
        distproc::options how{.show = distproc::progress::off, .memory_bytes = budget};
        const std::size_t large_items = 50 * budget / (width * sizeof(double));
        const auto make = [&](const std::string& file, std::size_t items) {
            const auto numbers = std::views::iota(std::size_t{0}, items);
            const auto fill = distproc::arrays({width}, [](std::size_t item, std::span<double> out) {
                for (std::size_t k = 0; k < out.size(); ++k) {
                    out[k] = static_cast<double>(item % 1000) + static_cast<double>(k % 100);
                }
            });
            (void)execute(numbers, fill, on,
                          distproc::node_gather{distproc::hdf5_writer{.file = file, .replace = true}}, how);
        };
        const std::string large = folder + "/soak_large.h5";
        const std::string small = folder + "/soak_small.h5";
        make(large, large_items);
        make(small, 2 * ranks.size());
        bool well = true;
        const auto measure = [&](const char* name, const auto& compute, const auto& writer) {
            const auto over = [&](const std::string& file) {
                return peak_of(ranks, [&] {
                    (void)execute(distproc::hdf5_source<double>{file, "/results"}, compute, on, writer, how);
                });
            };
            (void)over(small);
            const std::size_t one_block = over(small);
            const std::size_t all = over(large);
            const std::size_t more = all > one_block ? all - one_block : 0;
            char line[256];
            std::snprintf(line, sizeof line, "%-28s %8.1f MiB over one block's %8.1f; budget %.1f%s\n", name,
                          static_cast<double>(more) / 1048576, static_cast<double>(one_block) / 1048576,
                          static_cast<double>(budget) / 1048576, more > budget ? "  MISSED" : "");
            job.out() << line << std::flush;
            well = well && more <= budget;
        };
        const std::string out = folder + "/soak_out";
        const auto twice = distproc::arrays({width}, [](std::span<const double> in, std::span<double> result) {
            std::transform(in.begin(), in.end(), result.begin(), [](double x) { return 2 * x; });
        });
        const auto first = [](std::span<const double> in) { return in.front(); };
        const auto list = [](std::span<const double> in) {
            return std::vector<double>(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(in[0]));
        };
        const distproc::hdf5_writer hdf5{.file = out + ".h5", .replace = true};
        const distproc::shard_writer shard{.path = out + ".zarr", .replace = true};
        const distproc::compressed_hdf5_writer small_hdf5{.file = out + "_small.h5", .replace = true};
        const distproc::compressed_shard_writer small_shard{.path = out + "_small.zarr", .replace = true};
        distproc::sum<double> total;
        measure("null", twice, distproc::null_writer{});
        measure("reduce", first, distproc::reduce_writer{total});
        measure("hdf5", twice, hdf5);
        measure("shard", twice, shard);
        measure("compressed_hdf5", twice, small_hdf5);
        measure("compressed_shard", twice, small_shard);
        measure("node_gather<hdf5>", twice, distproc::node_gather{hdf5});
        measure("node_gather<shard>", twice, distproc::node_gather{shard});
        measure("node_gather<compressed_hdf5>", twice, distproc::node_gather{small_hdf5});
        measure("hdf5, lists", list, hdf5);
        if (job.rank() == 0) {
            std::error_code ignored;
            for (const char* name : {"soak_large.h5", "soak_small.h5", "soak_out.h5", "soak_out.zarr",
                                     "soak_out_small.h5", "soak_out_small.zarr"}) {
                std::filesystem::remove_all(folder + "/" + name, ignored);
            }
        }
        return well ? 0 : 1;
    });
}
