// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/named.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace distproc {

/// Accumulator: the sum of all results, in `T`. It is added up in eight lanes, result k of a granule into lane k mod 8,
/// so that a processor can add several at once; rounding errors grow with the length of a granule over eight and with
/// the logarithm of their number.
template <class T>
class sum {
public:
    template <class U>
        requires std::is_arithmetic_v<U> || std::is_same_v<U, T>
    void add(std::span<const U> results, std::size_t /*first*/) {
        std::size_t k = 0;
        const auto one = [&] { lanes_[count_++ % lanes] += static_cast<T>(results[k++]); };
        while (k < results.size() && count_ % lanes != 0) {
            one();
        }
        auto local = lanes_;
        const std::size_t whole = k + (results.size() - k) / lanes * lanes;
        count_ += whole - k;
        for (; k < whole; k += lanes) {
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                local[lane] += static_cast<T>(results[k + lane]);
            }
        }
        lanes_ = local;
        while (k < results.size()) {
            one();
        }
    }
    void merge(const sum& later) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            lanes_[lane] += later.lanes_[lane];
        }
        count_ += later.count_;
    }
    void clear() { *this = {}; }
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(lanes_) & DISTPROC_NAMED(count_);
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// 0 where nothing was added.
    [[nodiscard]] T value() const {
        auto left = lanes_;
        for (std::size_t half = lanes / 2; half != 0; half /= 2) {
            for (std::size_t lane = 0; lane < half; ++lane) {
                left[lane] += left[lane + half];
            }
        }
        return left[0];
    }

private:
    static constexpr std::size_t lanes = 8;

    std::array<T, lanes> lanes_{};
    std::uint64_t count_ = 0;
};

} // namespace distproc
