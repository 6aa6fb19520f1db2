// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/failed_items.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace distproc {

/// What went wrong on one rank: the failure with the lowest item, and how many there were; and the items that the run
/// went on without. Thread-safe.
class failure_log {
public:
    failure_log(std::size_t rank, std::size_t node) : rank_(rank), node_(node) {}

    /// Notes the exception in hand; to be called inside a `catch`. An `item_error` names its own item.
    void note_current(stage where, std::size_t item = no_item) {
        try {
            throw;
        } catch (const item_error& e) {
            note(failure{where, e.item(), rank_, node_, e.what()});
        } catch (...) {
            note(failure{where, item, rank_, node_, current_exception_text()});
        }
    }

    void note(failure f) {
        const std::scoped_lock lock(mutex_);
        ++count_;
        if (!first_ || f.item < first_->item) {
            first_ = std::move(f);
        }
    }

    /// Notes that the run goes on without these items, which threw the exception in hand.
    void note_skipped(std::size_t first, std::size_t count) {
        const failure one{stage::compute, first, rank_, node_, current_exception_text()};
        const std::scoped_lock lock(mutex_);
        for (std::size_t k = 0; k < count; ++k) {
            skipped_.add({one.where, first + k, one.rank, one.node, one.message});
        }
    }
    /// To be asked once no thread notes any more.
    [[nodiscard]] const failed_items& skipped() const noexcept { return skipped_; }

    [[nodiscard]] std::optional<failure> first() const {
        const std::scoped_lock lock(mutex_);
        return first_;
    }
    [[nodiscard]] std::size_t count() const {
        const std::scoped_lock lock(mutex_);
        return count_;
    }

private:
    mutable std::mutex mutex_;
    std::optional<failure> first_;
    std::size_t count_ = 0;
    failed_items skipped_;
    std::size_t rank_;
    std::size_t node_;
};

} // namespace distproc
