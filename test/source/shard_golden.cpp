// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Reads the arrays that make_zarr.py has made with zarr-python in the folder FOLDER of the environment variable
// DISTPROC_GOLDEN_ZARR; says that it is skipped where there is none.
#include "support/folder.hpp"
#include <distproc/core/environment_variable.hpp>
#include <distproc/source/shard.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

using test::contains;
using test::thrown_by;

namespace {

std::string golden() {
    const std::string path = distproc::environment_variable("DISTPROC_GOLDEN_ZARR").value_or("");
    return std::filesystem::exists(path + "/zarr.json") ? path : "";
}

template <class T>
T value(std::size_t k) {
    if constexpr (std::is_same_v<T, bool>) {
        return k % 3 == 0;
    } else if constexpr (std::is_arithmetic_v<T>) {
        return static_cast<T>(k % 100);
    } else {
        using part = typename T::value_type;
        return {static_cast<part>(k % 100), -static_cast<part>(k % 7)};
    }
}

/// All values, read in blocks of `block` items, the last block first.
template <class T>
std::vector<T> read(const std::string& array, const distproc::item_axes& axes, std::size_t block) {
    auto opened = distproc::shard_source<T>{golden(), array, axes}.open();
    const std::size_t items = distproc::volume(opened.items());
    const std::size_t size = opened.staging_bytes(1);
    std::vector<std::byte> bytes(items * size);
    const distproc::staging stage{bytes.data(), items};
    for (std::size_t end = items; end > 0;) {
        const std::size_t first = end > block ? end - block : 0;
        opened.read(first, end - first, stage, first);
        end = first;
    }
    std::vector<T> all;
    for (std::size_t k = 0; k < items; ++k) {
        for (const T& v : opened.at(k, stage, k)) {
            all.push_back(v);
        }
    }
    return all;
}

template <class T>
void check(const std::string& array, std::size_t count, const distproc::item_axes& axes, std::size_t block) {
    const std::vector<T> all = read<T>(array, axes, block);
    REQUIRE(all.size() == count);
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < count; ++k) {
        wrong += all[k] == value<T>(k) ? 0 : 1;
    }
    CAPTURE(array);
    CHECK(wrong == 0);
}

bool there() {
    if (golden().empty()) {
        MESSAGE("skipped: DISTPROC_GOLDEN_ZARR names no folder made by make_zarr.py");
        return false;
    }
    return true;
}

} // namespace

TEST_CASE_TEMPLATE("every data type", T, bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                   std::uint16_t, std::uint32_t, std::uint64_t, float, double, std::complex<float>,
                   std::complex<double>) {
    if (there()) {
        const std::string name(distproc::to_string(distproc::element_kind_of<T>()));
        check<T>(name, 91, {}, 3);
        check<T>(name, 91, {0, 1}, 5);
        check<T>(name, 91, {0, 1}, 91);
    }
}

TEST_CASE("every layout: index first, big endian, without checksums or shards, other chunk keys") {
    if (there()) {
        for (const char* name : {"start", "big", "unchecked", "plain", "old_keys", "dots"}) {
            for (const std::size_t block : std::vector<std::size_t>{1, 4, 30}) {
                check<double>(name, 2100, {}, block);
                check<double>(name, 2100, {0}, block);
                check<double>(name, 2100, {0, 1, 2}, block * 17);
            }
        }
        CHECK(read<double>("one", {}, 1) == std::vector<double>{3.25});
    }
}

TEST_CASE("gzip and zstd, in shards and without, with and without checksums; what zarr-python writes by default") {
    if (there()) {
        std::vector<std::string> names = {"gzip_sums", "default", "default_shards"};
        for (const std::string packing : {"gzip", "zstd", "zstd_sums"}) {
            for (const char* form : {"", "_big", "_unchecked", "_plain"}) {
                names.push_back(packing + form);
            }
        }
        for (const std::string& name : names) {
            for (const std::size_t block : std::vector<std::size_t>{1, 7, 30}) {
                check<double>(name, 2100, {}, block);
                check<double>(name, 2100, {0}, block);
                check<double>(name, 2100, {0, 1, 2}, block * 17);
            }
        }
    }
}

TEST_CASE("chunks that are not there hold the fill value") {
    if (there()) {
        const std::vector<double> holes = read<double>("holes", {}, 4);
        const std::vector<double> nan = read<double>("nan", {0, 1}, 7);
        const std::vector<double> infinite = read<double>("infinite", {}, 1);
        REQUIRE(holes.size() == 200);
        for (std::size_t k = 0; k < 200; ++k) {
            const bool written = k / 20 == 3;
            CHECK(holes[k] == (written ? static_cast<double>(k % 20) : 42.5));
            CHECK((written ? nan[k] == static_cast<double>(k % 20) : std::isnan(nan[k])));
            CHECK(infinite[k] == (written ? static_cast<double>(k % 20) : -HUGE_VAL));
        }
    }
}

TEST_CASE("what cannot be read is named, with the remedy") {
    if (there()) {
        const auto said = [](const std::string& array, const distproc::item_axes& axes = {}) {
            return thrown_by([&] { (void)distproc::shard_source<double>{golden(), array, axes}.open(); });
        };
        CHECK(contains(said("blosc"), "has the codec 'blosc' at place 1; distproc reads"));
        CHECK(contains(said("blosc"), "bytes, then gzip or zstd or neither, then crc32c or not"));
        CHECK(contains(said("blosc"), golden() + "/blosc/zarr.json"));
        CHECK(contains(said("twice"), "has the codec 'zstd' at place 2"));
        CHECK(contains(said("outside"), "has the codec 'zstd' at place 2"));
        CHECK(contains(said("half"), "data type 'float16'"));
        CHECK(contains(said("version2"), "is no Zarr v3 array"));
        CHECK(contains(said("none"), "is no Zarr v3 array"));
        CHECK(contains(said(""), "describes a group, not an array"));
        CHECK(contains(said("float32"), "holds float32, but is read as float64"));
        CHECK(contains(said("start", {1}), "leading axes in order"));
        CHECK(contains(said("start", {0, 1, 2, 3}), "leading axes in order"));
    }
}
