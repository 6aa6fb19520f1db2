// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Lists on a disk that is full, either while they are computed or only when the output is made of them.
#include "support/folder.hpp"
#include "support/small_disk.hpp"
#include <distproc/execute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/shard.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

using test::contains;

namespace {

/// A list of 1,000 values: 8 kB.
std::vector<double> thousand(std::size_t item) { return std::vector<double>(1000, static_cast<double>(item)); }

template <class Writer>
void fill_the_disk(const test::folder& here, const Writer& to, const std::string& output) {
    // 1 MiB holds 80 lists, but not twice; 200 it does not hold.
    for (const std::size_t items : {std::size_t{80}, std::size_t{200}}) {
        CAPTURE(items);
        const test::small_disk small(here / "");
        if (!small.mounted()) {
            return;
        }
        std::vector<std::size_t> numbers(items);
        std::iota(numbers.begin(), numbers.end(), std::size_t{0});
        const std::string said = test::thrown_by([&] {
            (void)distproc::execute(numbers, thousand, distproc::serial_executor{}, to,
                                    {.show = distproc::progress::off});
        });
        CHECK(contains(said, "No space left on device"));
        CHECK(contains(said, output));
        std::size_t spools = 0;
        for (const auto& left : std::filesystem::directory_iterator(here / "")) {
            const std::string name = left.path().filename().string();
            if (contains(name, ".spool-")) {
                ++spools;
                CHECK(contains(said, "what was computed is left in '" + left.path().string() + "'"));
                CHECK(left.file_size() >= items * 1000 * sizeof(double));
            } else {
                CHECK(name == output); // what was saved of a run that failed, if anything
                CHECK(items == 200);
            }
        }
        CHECK(spools == (items == 80 ? 1 : 0));
    }
}

} // namespace

TEST_CASE("lists on a full disk: the error names the output, and what was computed whole is kept and named") {
    const test::folder here;
    SUBCASE("HDF5") { fill_the_disk(here, distproc::hdf5_writer{.file = here / "x.h5", .path = "/x"}, "x.h5"); }
    SUBCASE("shards") { fill_the_disk(here, distproc::shard_writer{.path = here / "x.zarr"}, "x.zarr"); }
}
