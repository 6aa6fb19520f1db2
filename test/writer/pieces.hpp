// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// How ranks bring the results of whole granules to a session, in pieces and in an order of their own.
#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <span>
#include <vector>

namespace test {

/// The runs of a rank's granules, cut into pieces of random lengths, in random order.
inline std::vector<distproc::index_range> random_pieces(const distproc::plan& what, std::size_t rank, std::size_t ranks,
                                                        unsigned seed) {
    std::minstd_rand random(seed);
    std::vector<distproc::index_range> pieces;
    const std::size_t longest = 1 + what.grid.item_count() / 7;
    for (std::size_t g = rank; g < what.grid.count(); g += ranks) {
        what.grid.for_each_run({g, g + 1}, [&](distproc::index_range run) {
            while (!run.empty()) {
                const std::size_t length = std::min<std::size_t>(run.size(), 1 + random() % longest);
                pieces.push_back({run.first, run.first + length});
                run.first += length;
            }
        });
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    return pieces;
}

template <class Result, class Session, class Make>
void write_piece(Session& session, distproc::index_range items, std::size_t per_item, const Make& make) {
    const auto results = std::make_unique<Result[]>(items.size() * per_item);
    for (std::size_t k = 0; k < items.size() * per_item; ++k) {
        results[k] = make(items.first * per_item + k);
    }
    session.write(items.first, std::span<const Result>(results.get(), items.size() * per_item));
}

} // namespace test
