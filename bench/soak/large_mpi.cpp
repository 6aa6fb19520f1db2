// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// More than 2 GiB: mpirun -n 2 soak_large_mpi FOLDER [ITEM_MIB [WRITER]]. Datasets of more than 2^31 elements, and
// items of more than 2 GiB (3 GiB unless told otherwise; they need four times that in memory), through each writer.
// Some elements of each output are read back and compared with their formula. Exit code 1 where one is wrong.

#include <distproc/compressed_hdf5.hpp>
#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/mpi.hpp>
#include <distproc/source/shard.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/shard.hpp>

#include <hdf5.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using byte = std::uint8_t;

/// Element `at` of item `item`.
byte expected(std::size_t item, std::size_t at) { return static_cast<byte>((item * 131 + at / 4096 + at % 7) % 251); }

/// Compares some elements of some items; `read(item, at)` gives one.
template <class Read>
bool spot_check(std::size_t items, std::size_t length, Read&& read) {
    for (const std::size_t item : {std::size_t{0}, items / 3, items / 2, items - 1}) {
        for (const std::size_t at : {std::size_t{0}, length / 3, length / 2, length - 1}) {
            if (read(item, at) != expected(item, at)) {
                return false;
            }
        }
    }
    return true;
}

bool check_hdf5(const std::string& name, std::size_t items, std::size_t length) {
    const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, "/results", H5P_DEFAULT);
    const bool well = spot_check(items, length, [&](std::size_t item, std::size_t at) {
        const hid_t space = H5Dget_space(dataset);
        const hsize_t corner[] = {item, at};
        const hsize_t one[] = {1, 1};
        H5Sselect_hyperslab(space, H5S_SELECT_SET, corner, nullptr, one, nullptr);
        const hid_t memory = H5Screate_simple(2, one, nullptr);
        byte value = 255;
        H5Dread(dataset, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, &value);
        H5Sclose(memory);
        H5Sclose(space);
        return value;
    });
    H5Dclose(dataset);
    H5Fclose(file);
    return well;
}

bool check_shards(const std::string& path, std::size_t items, std::size_t length) {
    // Items are single elements here: both axes are item axes.
    distproc::detail::shard_reader reader(path, "", distproc::item_axes{0, 1}, distproc::element_kind::uint8);
    return spot_check(items, length, [&](std::size_t item, std::size_t at) {
        std::byte value{255};
        reader.read(item * length + at, 1, &value);
        return std::to_integer<byte>(value);
    });
}

} // namespace

int main(int argc, char** argv) {
    return distproc::run<distproc::mpi_executor<>>(argc, argv, [&](auto& job) {
        const std::string folder = argc > 1 ? argv[1] : ".";
        const std::size_t huge = (argc > 2 ? std::stoul(argv[2]) : 3072) << 20U;
        const distproc::mpi_executor<> on;
        const std::string out = folder + "/soak_large";
        bool well = true;
        const std::string only = argc > 3 ? argv[3] : "";
        const auto attempt = [&](const char* name, std::size_t items, std::size_t length, const auto& writer,
                                 const auto& check) {
            if (!only.empty() && only != name) {
                return;
            }
            const auto numbers = std::views::iota(std::size_t{0}, items);
            const auto fill = distproc::arrays({length}, [](std::size_t item, std::span<byte> to) {
                for (std::size_t at = 0; at < to.size(); ++at) {
                    to[at] = expected(item, at);
                }
            });
            distproc::options how{.show = distproc::progress::off};
            how.memory_bytes = length < (std::size_t{1} << 30U) ? 0 : 40 * length;
            const auto begin = std::chrono::steady_clock::now();
            (void)execute(numbers, fill, on, writer, how);
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
            const bool right = job.rank() != 0 || check(items, length);
            char line[200];
            std::snprintf(line, sizeof line, "%-30s %6zu items of %11zu elements: %s, %.1f s\n", name, items, length,
                          right ? "right" : "WRONG", taken.count());
            job.out() << line << std::flush;
            well = well && right;
            on.make_team().meet([] {});
            if (job.rank() == 0) {
                std::error_code ignored;
                std::filesystem::remove(out + ".h5", ignored);
                std::filesystem::remove_all(out + ".zarr", ignored);
            }
            on.make_team().meet([] {});
        };
        const auto in_hdf5 = [&](std::size_t items, std::size_t length) {
            return check_hdf5(out + ".h5", items, length);
        };
        const auto in_shards = [&](std::size_t items, std::size_t length) {
            return check_shards(out + ".zarr", items, length);
        };
        const distproc::hdf5_writer hdf5{.file = out + ".h5", .replace = true};
        const distproc::shard_writer shard{.path = out + ".zarr", .replace = true};
        const distproc::compressed_hdf5_writer small_hdf5{.file = out + ".h5", .replace = true};
        const distproc::compressed_shard_writer small_shard{.path = out + ".zarr", .replace = true};
        std::vector<byte> memory;
        const auto in_memory = [&](std::size_t items, std::size_t length) {
            return spot_check(items, length,
                              [&](std::size_t item, std::size_t at) { return memory[item * length + at]; });
        };
        struct form {
            std::size_t items, length;
        };
        for (const form& f : {form{(std::size_t{1} << 15U) + 1, std::size_t{1} << 16U}, form{2, huge}}) {
            attempt("hdf5", f.items, f.length, hdf5, in_hdf5);
            attempt("shard", f.items, f.length, shard, in_shards);
            attempt("node_gather<hdf5>", f.items, f.length,
                    distproc::node_gather{hdf5, 2, f.length < (1U << 30U) ? std::size_t{64} << 20U : 5 * f.length},
                    in_hdf5);
            attempt("compressed_hdf5", f.items, f.length, small_hdf5, in_hdf5);
            attempt("compressed_shard", f.items, f.length, small_shard, in_shards);
            attempt("memory", f.items, f.length, distproc::memory_writer{memory}, in_memory);
            memory = {};
        }
        return well ? 0 : 1;
    });
}
