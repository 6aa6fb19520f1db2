// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A source that loses its end while it is read: an error that names it.
#include "flow/hooks.hpp"
#include "support/folder.hpp"
#include "support/hdf5_file.hpp"
#include <distproc/execute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/source/hdf5.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/shard.hpp>
#include <distproc/writer/null.hpp>
#include <distproc/writer/shard.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace {

constexpr std::size_t truncated_items = 4000;
constexpr std::size_t truncated_width = 500;

template <class Source, class Executor>
void check_truncated(const Source& from, const Executor& on, const std::string& file, const std::string& named) {
    std::atomic<bool> once{false};
    const auto compute = [&](std::span<const double> row) {
        if (!once.exchange(true)) {
            std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
        }
        return row[0];
    };
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = std::size_t{1} << 20U; // of 16 MB
    const std::string said =
        test::thrown_by([&] { (void)distproc::execute(from, compute, on, distproc::null_writer{}, how); });
    MESSAGE(said);
    CHECK(test::contains(said, "reading"));
    CHECK(test::contains(said, named));
}

template <class Executor>
void check_truncated_files(const Executor& on) {
    const std::vector<double> values(truncated_items * truncated_width, 1.5);
    for (const bool chunked : {false, true}) {
        CAPTURE(chunked);
        const test::folder here;
        const std::string file = here / "scan.h5";
        test::dataset_options layout;
        if (chunked) {
            layout.chunk = {10, truncated_width};
        }
        test::write_dataset(file, "/raw/spectra", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {truncated_items, truncated_width},
                            values.data(), layout);
        check_truncated(distproc::hdf5_source<double>{file, "/raw/spectra"}, on, file, "scan.h5:/raw/spectra");
    }
    const test::folder here;
    std::vector<std::size_t> numbers(truncated_items);
    const auto rows = distproc::arrays({truncated_width}, [](const std::size_t&, std::span<double> row) {
        for (double& x : row) {
            x = 1.5;
        }
    });
    const std::string path = here / "scan.zarr";
    (void)distproc::execute(numbers, rows, distproc::serial_executor{}, distproc::shard_writer{.path = path},
                            {.show = distproc::progress::off});
    std::string largest;
    for (const auto& each : std::filesystem::recursive_directory_iterator(path)) {
        if (each.is_regular_file() && (largest.empty() || each.file_size() > std::filesystem::file_size(largest))) {
            largest = each.path().string();
        }
    }
    check_truncated(distproc::shard_source<double>{path}, on, largest, largest);
}

} // namespace

TEST_CASE("a source that loses its end while it is read") {
    test::hooks what;
    SUBCASE("workers read for themselves") { check_truncated_files(test::hooked_executor<false>{&what}); }
    SUBCASE("a lane reads ahead") { check_truncated_files(test::hooked_executor<true>{&what}); }
}
