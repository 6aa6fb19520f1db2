// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/index_set.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <vector>

namespace distproc::detail {

/// The granules that a rank has been given and that its workers take piece by piece, so that one large granule keeps
/// all of them busy.
class open_grant {
public:
    /// Calls `use(index_range)` for some runs, `wanted` items in all or fewer, cut at multiples of `cell`. Where
    /// nothing is left, `refill(runs)` is asked for more first. False where it has none either. For any number of
    /// threads.
    template <class Refill, class Use>
    bool take(std::size_t wanted, std::size_t cell, Refill&& refill, Use&& use) {
        const std::scoped_lock lock(mutex_);
        if (next_ == runs_.size()) {
            runs_.clear();
            next_ = 0;
            refill(runs_);
        }
        std::size_t room = std::max<std::size_t>(1, wanted / cell) * cell;
        const bool any = next_ != runs_.size();
        while (room >= cell && next_ != runs_.size()) {
            index_range& run = runs_[next_];
            const std::size_t count = std::min(run.size(), room / cell * cell);
            use(index_range{run.first, run.first + count});
            run.first += count;
            room -= count;
            next_ += run.empty() ? 1 : 0;
        }
        return any;
    }

    [[nodiscard]] bool empty() {
        const std::scoped_lock lock(mutex_);
        return next_ == runs_.size();
    }

private:
    std::mutex mutex_;
    std::vector<index_range> runs_;
    std::size_t next_ = 0;
};

} // namespace distproc::detail
