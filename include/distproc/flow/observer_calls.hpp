// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/observer.hpp>

#include <cstddef>
#include <tuple>

namespace distproc::detail {

/// All observers of a run behind one type: they are called once per block at most, and the flow need not be compiled
/// again for each set of them.
class observer_calls {
public:
    virtual void started(const run_start& start) = 0;
    virtual void computed(const block_event& block) = 0;
    virtual void waiting(std::size_t items_done) = 0;
    virtual void ended(std::size_t items_done) = 0;

protected:
    ~observer_calls() = default;
};

template <class... Observers>
class observer_list final : public observer_calls {
public:
    explicit observer_list(Observers&... all) : all_(all...) {}

    void started(const run_start& start) override {
        std::apply([&](auto&... o) { (o.started(start), ...); }, all_);
    }
    void computed(const block_event& block) override {
        std::apply([&](auto&... o) { (o.computed(block), ...); }, all_);
    }
    void waiting(std::size_t items_done) override {
        std::apply([&](auto&... o) { (o.waiting(items_done), ...); }, all_);
    }
    void ended(std::size_t items_done) override {
        std::apply([&](auto&... o) { (o.ended(items_done), ...); }, all_);
    }

private:
    std::tuple<Observers&...> all_;
};

} // namespace distproc::detail
