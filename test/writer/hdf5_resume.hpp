// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Runs that end early and are started again, by themselves and over ranks: against a closed form, and against the bytes
// of an output that was written in one go.
#include "support/folder.hpp"
#include "support/hdf5_file.hpp"
#include <distproc/core/context.hpp>
#include <distproc/core/options.hpp>
#include <distproc/execute.hpp>
#include <distproc/writer/hdf5.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace test {

/// Of item x; some are not finite.
inline double power_of(double x, double power) {
    return x == 41.0   ? std::numeric_limits<double>::quiet_NaN()
           : x == 42.0 ? -std::numeric_limits<double>::infinity()
                       : std::pow(x + 1.0, power);
}

/// Asks for a stop at one item, or throws there.
struct raised {
    static constexpr int version = 1;
    double power = 1.5;
    std::stop_source* stop = nullptr;
    double stop_at = -1;
    double throw_at = -1;

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(power);
    }
    double operator()(double x) const {
        if (x == stop_at) {
            stop->request_stop();
        }
        if (stop != nullptr && x > stop_at + 3'000) { // so that it comes in time, whoever is late
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        if (x == throw_at) {
            throw std::runtime_error("no power of it");
        }
        return power_of(x, power);
    }
};

inline std::vector<double> resume_items(std::size_t count) {
    std::vector<double> all(count);
    for (std::size_t k = 0; k < count; ++k) {
        all[k] = static_cast<double>(k);
    }
    return all;
}

/// How many results of /x are wrong, bit for bit.
inline std::size_t wrong_powers(const std::string& file, std::size_t count, double power) {
    const auto values = read_dataset<double>(file, "/x", H5T_NATIVE_DOUBLE);
    std::size_t wrong = values.size() == count ? 0 : count;
    for (std::size_t k = 0; wrong < count && k < count; ++k) {
        const double right = power_of(static_cast<double>(k), power);
        wrong += std::bit_cast<std::uint64_t>(values[k]) == std::bit_cast<std::uint64_t>(right) ||
                         (std::isnan(values[k]) && std::isnan(right))
                     ? 0
                     : 1;
    }
    return wrong;
}

inline std::string all_bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Small blocks, so that a stop comes between them.
inline distproc::options often(std::stop_source& stop) {
    distproc::options how;
    how.show = distproc::progress::off;
    how.block_seconds = 1e-6;
    how.commit_seconds = 0;
    how.stop = stop.get_token();
    return how;
}

/// A run is stopped on one executor and goes on with another one.
template <class First, class Second, class Writer>
void stops_and_goes_on(const First& first, const Second& second, const Writer& one, const Writer& whole,
                       const std::string& file, const std::string& whole_file, bool judge) {
    constexpr std::size_t count = 20'000;
    const auto items = resume_items(count);
    std::stop_source stop;
    raised compute;
    compute.stop = &stop;
    compute.stop_at = 7'000;
    const auto a = distproc::execute(items, compute, first, one, often(stop));
    REQUIRE(a.stopped);
    CHECK(a.items_before == 0);
    CHECK(a.items > 0);
    std::stop_source never;
    const auto b = distproc::execute(items, raised{}, second, one, often(never));
    CHECK(!b.stopped);
    CHECK(b.items_before == a.items);
    CHECK(b.items == count - a.items);
    const auto c = distproc::execute(items, raised{}, first, one, often(never));
    CHECK(c.items == 0);
    CHECK(c.items_before == count);
    (void)distproc::execute(items, raised{}, second, whole, often(never));
    if (judge) {
        CHECK(wrong_powers(file, count, 1.5) == 0);
        CHECK((all_bytes_of(file) == all_bytes_of(whole_file)));
        CHECK(!std::filesystem::exists(file + ".journal"));
    }
}

} // namespace test
