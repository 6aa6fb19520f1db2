// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/named.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <utility>

namespace distproc {

/// Accumulator: `op(op(a, b), c)` ... of all results, for any associative operation such as `std::plus<>{}`. It need
/// not be commutative.
template <class T, class Operation>
class fold {
public:
    explicit fold(Operation op = {}) : op_(std::move(op)) {}
    fold(const fold&) = default;
    ~fold() = default;
    fold& operator=(const fold& other) { // a lambda can be copied, but not assigned
        if (this != &other) {
            op_.emplace(*other.op_);
            value_ = other.value_;
            any_ = other.any_;
        }
        return *this;
    }

    template <class U>
        requires std::convertible_to<const U&, T> && std::invocable<Operation&, T, const U&>
    void add(const U& result) {
        value_ = any_ ? static_cast<T>(std::invoke(*op_, std::move(value_), result)) : static_cast<T>(result);
        any_ = true;
    }
    void merge(const fold& later) {
        if (later.any_) {
            add(later.value_);
        }
    }
    void clear() {
        value_ = T{};
        any_ = false;
    }

    [[nodiscard]] bool empty() const noexcept { return !any_; }
    /// T{} where nothing was added.
    [[nodiscard]] const T& value() const noexcept { return value_; }

    /// Of the value; the operation is the same everywhere.
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(any_) & DISTPROC_NAMED(value_);
    }

private:
    std::optional<Operation> op_; // always there
    T value_{};
    bool any_ = false;
};

} // namespace distproc
