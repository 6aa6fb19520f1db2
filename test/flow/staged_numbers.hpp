// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// A source whose reads a test watches.
#include <distproc/source/concepts.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace test {

/// Item k is the number k, in so many bytes of staging that a few thousand are many blocks. Each read is
/// `what->read(first, count, bring)`, which calls `bring()` to bring the items; `what->many_read` says whether many
/// threads may read at once.
template <class Watch, bool BesideWrites>
struct staged_numbers {
    static constexpr std::size_t bytes = 1000; ///< of an item
    Watch* what;
    std::size_t count;

    struct opened {
        using item = double;
        static constexpr bool reads_beside_writes = BesideWrites;
        Watch* what;
        std::size_t count;

        [[nodiscard]] distproc::shape items() const { return {count}; }
        [[nodiscard]] static std::size_t staging_bytes(std::size_t capacity) { return bytes * capacity; }
        [[nodiscard]] static std::string description() { return "numbers"; }
        [[nodiscard]] static std::vector<std::string> files() { return {}; }
        [[nodiscard]] bool concurrent_reads() const { return what->many_read; }
        std::size_t read(std::size_t first, std::size_t n, const distproc::staging& s, std::size_t slot) const {
            what->read(first, n, [&] {
                for (std::size_t k = 0; k < n; ++k) {
                    const auto value = static_cast<double>(first + k);
                    std::memcpy(s.data + (slot + k) * bytes, &value, sizeof value);
                }
            });
            return n * bytes;
        }
        [[nodiscard]] item at(std::size_t, const distproc::staging& s, std::size_t slot) const {
            double value = 0;
            std::memcpy(&value, s.data + slot * bytes, sizeof value);
            return value;
        }
    };
    [[nodiscard]] opened open() const { return {what, count}; }
};

} // namespace test
