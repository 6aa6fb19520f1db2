// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "../../common/table.hpp"
#include "sum.hpp"

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace sums {

using competitor = double (*)(inputs);

/// Numbers, the sum of which is not 0, and one row of the table for each pair of competitors.
class sum_bench {
public:
    sum_bench(std::size_t items, bench::table& results) : results_(results), x_(items) {
        for (std::size_t k = 0; k < items; ++k) {
            x_[k] = std::sqrt(static_cast<double>(k % 1000));
        }
        expected_ = add_up(x_);
    }

    /// `checks`: on ranks that get the sum.
    template <class Seconds>
    void add(const char* hand_name, competitor hand, const char* ours_name, competitor ours, double goal, bool checks,
             Seconds&& seconds) {
        volatile double kept = 0; // or the sums might never be computed
        results_.add(
            {"sum", hand_name, ours_name, goal}, [&] { kept = hand(x_); }, [&] { kept = ours(x_); }, seconds);
        for (const competitor one : {hand, ours}) {
            const double found = one(x_);
            if (checks && std::abs(found - expected_) > 1e-10 * expected_) {
                throw std::runtime_error(std::string(ours_name) + " or " + hand_name + ": a wrong sum");
            }
        }
    }

private:
    bench::table& results_;
    std::vector<double> x_;
    double expected_ = 0;
};

} // namespace sums
