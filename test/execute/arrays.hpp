// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Results that are arrays of a shape stated at run time, on one executor, against a plain loop.
#include "execute/small_runs.hpp"
#include <distproc/core/random_stream.hpp>
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/zip.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/null.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

inline std::atomic<bool> unaligned = false; ///< a compute was given an output at another address

template <class T>
void look_at_address(std::span<T> out) {
    if (reinterpret_cast<std::uintptr_t>(out.data()) % 64 != 0) {
        unaligned = true;
    }
}

/// x, x / 2, x / 3 ...
struct fractions {
    using result_type = float;
    distproc::shape extents;

    [[nodiscard]] const distproc::shape& result_shape() const { return extents; }
    void operator()(int x, std::span<float> out) const {
        look_at_address(out);
        for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = static_cast<float>(x) / static_cast<float>(k + 1);
        }
    }
};

/// The same for three items at once.
struct fractions_of_three : fractions {
    static constexpr std::size_t cell_size = 3;
    void operator()(std::span<const int> xs, std::span<float> out) const {
        look_at_address(out);
        const std::size_t length = out.size() / xs.size();
        for (std::size_t i = 0; i < xs.size(); ++i) {
            for (std::size_t k = 0; k < length; ++k) {
                out[i * length + k] = static_cast<float>(xs[i]) / static_cast<float>(k + 1);
            }
        }
    }
};

/// Random numbers, from a workspace, of two inputs.
struct noise {
    using result_type = double;
    std::size_t length;
    std::vector<double> space{};

    [[nodiscard]] distproc::shape result_shape() const { return {length}; }
    void operator()(int x, double factor, distproc::context& here, std::span<double> out) {
        look_at_address(out);
        space.resize(out.size());
        std::generate(space.begin(), space.end(), [&] { return x + factor * here.random().uniform(); });
        std::copy(space.begin(), space.end(), out.begin());
    }
};

inline std::vector<float> all_fractions(std::size_t items, std::size_t length) {
    std::vector<float> all;
    for (std::size_t i = 0; i < items; ++i) {
        for (std::size_t k = 0; k < length; ++k) {
            all.push_back(static_cast<float>(i + 1) / static_cast<float>(k + 1));
        }
    }
    return all;
}

template <class Executor>
void arrays(const Executor& on) {
    constexpr std::size_t items = 501;
    const auto numbers = first_numbers(items);
    const bool root = on.make_team().rank() == 0;
    unaligned = false;
    for (const distproc::shape& extents : {distproc::shape{5, 7}, distproc::shape{1}, distproc::shape{},
                                           distproc::shape{16}, distproc::shape{3, 1001}}) {
        CAPTURE(distproc::to_string(extents));
        const auto expected = all_fractions(items, distproc::volume(extents));
        std::vector<float> results;
        const auto same_everywhere = [&](const auto& compute) {
            const distproc::memory_writer everywhere{results, distproc::results_on::every_rank};
            CHECK(execute(numbers, compute, on, everywhere, quiet()).items == items);
            CHECK(results == expected);
            results.clear();
        };
        same_everywhere(fractions{extents});
        same_everywhere(fractions_of_three{{extents}});
        same_everywhere(
            distproc::arrays(extents, [f = fractions{extents}](const int& x, std::span<float> out) { f(x, out); }));

        std::vector<float> storage(expected.size());
        std::span<float> view(storage);
        (void)execute(numbers, fractions{extents}, on, distproc::node_gather{distproc::memory_writer{view}}, quiet());
        CHECK((storage == expected) == root);
        (void)execute(numbers, fractions{extents}, on, distproc::null_writer{}, quiet());
    }

    std::vector<double> factors(items);
    std::vector<double> expected;
    for (std::size_t i = 0; i < items; ++i) {
        factors[i] = static_cast<double>(i % 10) / 3;
        distproc::random_stream random(seed, i);
        for (int k = 0; k < 9; ++k) {
            expected.push_back(numbers[i] + factors[i] * random.uniform());
        }
    }
    std::vector<double> results;
    (void)execute(distproc::zip_source(numbers, factors), noise{9}, on,
                  distproc::memory_writer{results, distproc::results_on::every_rank}, quiet());
    CHECK(results == expected);
    CHECK_FALSE(unaligned);

    // An array is zeroed before, so that a compute may add to it.
    const auto adds = distproc::arrays({3}, [](const int& x, std::span<double> out) {
        for (double& one : out) {
            one += x;
        }
    });
    (void)execute(numbers, adds, on, distproc::memory_writer{results, distproc::results_on::every_rank}, quiet());
    REQUIRE(results.size() == 3 * items);
    for (std::size_t k = 0; k < results.size(); ++k) {
        REQUIRE(results[k] == numbers[k / 3]);
    }
}

template <class Executor>
void wrong_arrays(const Executor& on) {
    const auto numbers = first_numbers(10);
    const auto ranks = on.make_team();
    std::vector<float> results;
    const auto run = [&](const distproc::shape& extents) {
        return message_of(
            [&] { (void)execute(numbers, fractions{extents}, on, distproc::memory_writer{results}, quiet()); });
    };
    CHECK(run({3, 0}) == "result_shape states results of 3 x 0, which hold nothing; state extents above 0");
    CHECK(run({std::size_t{1} << 62U}) ==
          "result_shape states results of 4611686018427387904, which no memory can hold");
    CHECK(run({std::size_t{1} << 58U}) ==
          "10 results of 1152921504606846976 bytes are more than any memory or disk can hold; return less for each "
          "item");
    if (ranks.size() > 1) {
        const std::size_t last = ranks.size() - 1;
        CHECK(run({2, ranks.rank() == last ? std::size_t{3} : std::size_t{4}})
                  .starts_with("rank " + std::to_string(last) +
                               " has 10 items in granules of 1, results of 24 bytes in 1 members of shape 2 x 3"));
        CHECK(run(ranks.rank() == last ? distproc::shape{1, 1} : distproc::shape{1})
                  .starts_with("rank " + std::to_string(last) +
                               " has 10 items in granules of 1, results of 4 bytes in 1 members of shape 1 x 1"));
    }
    std::vector<float> short_storage(7);
    std::span<float> view(short_storage);
    CHECK(message_of([&] {
              (void)execute(numbers, fractions{{4}}, on,
                            distproc::memory_writer{view, distproc::results_on::every_rank}, quiet());
          }) == "memory_writer: the container holds 7 results and the run has 10 items of 4 each; give one of that "
                "length, or a std::vector");

    const auto thrower = distproc::arrays({4}, [](const int& x, std::span<float>) {
        if (x == 6) {
            throw std::runtime_error("no spectrum");
        }
    });
    CHECK(message_of([&] { (void)execute(numbers, thrower, on, distproc::memory_writer{results}, quiet()); }) ==
          "no spectrum");
}

} // namespace test
