// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On any number of ranks of one node, in the folder that `--folder` names: mpirun -n 2 bench_write_mpi. Every run
// writes a new file; what the run before left is removed, and on its way to the disk is waited for, before the clock
// starts.

#include "../../common/folder.hpp"
#include "../../common/mpi_main.hpp"
#include "../../common/slowest_rank.hpp"
#include "write.hpp"

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace {

using competitor = void (*)(const writing::target&);

constexpr double goal = 1.053;   // 0.95 of the speed
constexpr std::size_t pairs = 9; // of 2 GiB each
constexpr std::size_t bytes = std::size_t{2} << 30U;

class write_bench {
public:
    write_bench(const bench::arguments& given, bench::rank_place here)
        : results_(given, here.rank == 0), here_(here),
          ranks_(std::to_string(here.size) + (here.size == 1 ? " rank" : " ranks")) {
        const std::string folder = given.folder.empty() ? "." : given.folder;
        std::string path;
        if (here.rank == 0) {
            made_.emplace(folder);
            path = made_->path();
        }
        path.resize(4096);
        MPI_Bcast(path.data(), static_cast<int>(path.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
        folder_ = path.c_str();
        in_ = folder.starts_with("/dev/shm") ? ", tmpfs" : ", disk";
        target_ = {folder_ + "/out", std::max<std::size_t>(1, given.bytes_or(bytes) / writing::item_bytes)};
    }

    /// `by_one`: the writer lets one rank write, and so does its opponent.
    void add(const char* name, competitor ours, bool by_one, competitor check) {
        const bool one = by_one || here_.size == 1;
        const competitor hand = one ? writing::raw_pwrite_by_one_rank : writing::raw_pwrite_by_all_ranks;
        const bench::contest what{"write", one ? "raw pwrite, 1 writer" : "raw pwrite, all write",
                                  std::string(name) + ", " + ranks_ + in_, goal, pairs};
        if (!results_.wants(what)) {
            return;
        }
        results_.add(
            what, [&] { hand(target_); }, [&] { ours(target_); },
            [&](auto& f) {
                clear();
                return bench::seconds_of_slowest(f);
            },
            one ? &of_one_ : &of_all_);
        clear();
        ours(target_);
        if (here_.rank == 0) {
            check(target_);
        }
        clear();
    }

private:
    void clear() {
        MPI_Barrier(MPI_COMM_WORLD);
        if (here_.rank == 0) {
            std::filesystem::remove_all(target_.path);
            bench::settle_disk(folder_);
        }
    }

    bench::table results_;
    bench::rank_place here_;
    std::string ranks_;
    std::optional<bench::scratch_folder> made_; // by rank 0
    std::string folder_;
    std::string in_;
    writing::target target_;
    bench::table::pairs_of_seconds of_one_;
    bench::table::pairs_of_seconds of_all_;
};

} // namespace

int main(int argc, char** argv) {
    return bench::run_on_ranks(argc, argv, [](const bench::arguments& given, bench::rank_place here) {
        write_bench all(given, here);
        all.add("hdf5", writing::distproc_hdf5, false, writing::check_hdf5);
        all.add("shard", writing::distproc_shard, false, writing::check_shard);
        all.add("node_gather<hdf5>", writing::distproc_gather_hdf5, true, writing::check_hdf5);
        all.add("node_gather<shard>", writing::distproc_gather_shard, true, writing::check_shard);
    });
}
