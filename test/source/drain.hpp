// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/source/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

namespace test {

/// Opens a source and calls `look(index, item)` for each item, reading in runs of random lengths that begin at random
/// slots, as a flow might. Returns the bytes that `read` told.
template <class Policy, class Look>
std::size_t drain(const Policy& policy, std::size_t capacity, Look&& look, unsigned seed = 1) {
    auto&& source = policy.open();
    const std::size_t count = distproc::volume(source.items());
    distproc::aligned_buffer memory(source.staging_bytes(capacity));
    const distproc::staging stage{memory.data(), capacity};
    std::minstd_rand random(seed);
    std::size_t bytes = 0;
    for (std::size_t first = 0; first < count;) {
        const std::size_t length = std::min<std::size_t>(count - first, 1 + random() % capacity);
        const std::size_t slot = random() % (capacity - length + 1);
        bytes += source.read(first, length, stage, slot);
        for (std::size_t k = 0; k < length; ++k) {
            look(first + k, source.at(first + k, stage, slot + k));
        }
        first += length;
    }
    return bytes;
}

} // namespace test
