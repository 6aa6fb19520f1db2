// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Outputs of a run that went on without items that failed; check_skipped.py reads them.
#include "support/fitted.hpp"
#include "writer/fill_folder_mpi.hpp"
#include <distproc/core/named.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/compressed_hdf5.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/merge_shards.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/shard.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void play(int item) {
    if (item % 11 == 4 || item == 0) {
        throw std::runtime_error("no fit");
    }
}

struct failing_fit {
    /// A parameter whose name the library wants for itself.
    int failed = 7;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(failed);
    }
    test::fitted operator()(int item) const {
        play(item);
        return test::fit(static_cast<std::size_t>(item));
    }
};

std::vector<int> list(int item) {
    play(item);
    return std::vector<int>(static_cast<std::size_t>(item % 5), item);
}

} // namespace

int main(int argc, char** argv) {
    return test::fill_folder_together(argc, argv, [](const std::string& folder, const distproc::mpi_team& ranks) {
        distproc::mpi_executor<> on;
        on.ranks_per_node = 2;
        std::vector<int> numbers(60 * 50);
        for (std::size_t k = 0; k < numbers.size(); ++k) {
            numbers[k] = static_cast<int>(k);
        }
        const distproc::range_source source{numbers, {60, 50}};
        distproc::options how{.show = distproc::progress::off};
        how.errors.skip = true;
        const auto lists = [](int item) { return list(item); };

        const distproc::hdf5_writer plain{.file = folder + "/plain.h5", .path = "/fits", .replace = true};
        (void)execute(source, failing_fit{}, on, plain, how);
        distproc::hdf5_writer compound = plain;
        compound.file = distproc::hdf5_file_name(folder + "/compound.h5");
        compound.records = distproc::hdf5_records::compound;
        (void)execute(source, failing_fit{}, on, distproc::node_gather{compound}, how);
        distproc::compressed_hdf5_writer small{
            .file = folder + "/compressed.h5", .path = "/fits", .replace = true, .chunk = {16, 16}};
        (void)execute(source, failing_fit{}, on, small, how);
        small.file = distproc::hdf5_file_name(folder + "/parts.h5");
        small.files = distproc::hdf5_files::per_writer;
        (void)execute(source, failing_fit{}, on, small, how);
        const distproc::shard_writer shards{.path = folder + "/plain.zarr", .replace = true, .chunk = {8, 8}};
        (void)execute(source, failing_fit{}, on, shards, how);
        if (ranks.rank() == 0) {
            distproc::merge_shards(shards.path, {.file = folder + "/merged.h5", .path = "/fits", .replace = true});
        }
        const distproc::compressed_shard_writer small_shards{
            .path = folder + "/compressed.zarr", .replace = true, .chunk = {8, 8}};
        (void)execute(source, failing_fit{}, on, distproc::node_gather{small_shards}, how);

        distproc::hdf5_writer list_file = plain;
        list_file.file = distproc::hdf5_file_name(folder + "/lists.h5");
        (void)execute(source, lists, on, list_file, how);
        distproc::shard_writer list_shards = shards;
        list_shards.path = folder + "/lists.zarr";
        list_shards.chunk = {};
        (void)execute(source, lists, on, list_shards, how);
        (void)execute(source, lists, on,
                      distproc::node_gather{distproc::compressed_hdf5_writer{
                          .file = folder + "/compressed lists.h5", .path = "/fits", .replace = true}},
                      how);
    });
}
