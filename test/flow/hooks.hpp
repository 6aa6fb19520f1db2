// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Policies whose members do what a test wants at that moment, and count how often they were called.
#include <distproc/core/supply.hpp>
#include <distproc/core/team.hpp>
#include <distproc/executor/solo_environment.hpp>
#include <distproc/writer/concepts.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace test {

inline thread_local bool is_worker = false; ///< this thread was made by `hooked_executor`

struct hooks {
    std::function<void()> done, watch, finish, close, moved, description, supply, width;
    std::function<void(std::size_t)> place, run; ///< of a first item; before a worker's body
    std::function<bool(std::size_t)> has_place;  ///< whether the run that begins there has a place
    distproc::index_set done_set;

    std::size_t workers = 2;
    std::atomic<int> finishes = 0, closes = 0, watches = 0, written = 0;
    distproc::outcome how = distproc::outcome::complete;
    std::vector<double> memory; ///< where results are placed

    static void call(const std::function<void()>& hook) {
        if (hook) {
            hook();
        }
    }
};

template <bool Concurrent>
struct hooked_writer {
    static constexpr std::string_view name = "hooked";
    hooks* what;

    class session {
    public:
        static constexpr bool concurrent = Concurrent;
        explicit session(hooks* what) : what_(what) {}

        [[nodiscard]] distproc::index_set done() const {
            hooks::call(what_->done);
            return what_->done_set;
        }
        void watch(distproc::run_flags&) {
            ++what_->watches;
            hooks::call(what_->watch);
        }
        double* place(std::size_t first, std::size_t) {
            if (what_->place) {
                what_->place(first);
            }
            return what_->has_place && what_->has_place(first) ? what_->memory.data() + first : nullptr;
        }
        void write(std::size_t first, std::span<const double> results) {
            what_->written += static_cast<int>(results.size());
            std::copy(results.begin(), results.end(), what_->memory.begin() + static_cast<std::ptrdiff_t>(first));
        }
        void finish() {
            ++what_->finishes;
            hooks::call(what_->finish);
        }
        void close(distproc::outcome how) {
            ++what_->closes;
            what_->how = how;
            hooks::call(what_->close);
        }
        [[nodiscard]] distproc::traffic moved() const {
            hooks::call(what_->moved);
            return {};
        }
        [[nodiscard]] std::string description() const {
            hooks::call(what_->description);
            return "hooks";
        }

    private:
        hooks* what_;
    };

    template <class Result, class Team>
    [[nodiscard]] session open(const distproc::plan& run, const Team&) const {
        what->memory.resize(run.grid.item_count());
        return session(what);
    }
};

/// `workers` threads of one process, with or without an I/O lane.
template <bool Overlaps>
struct hooked_executor {
    static constexpr std::string_view name = "hooked";
    static constexpr bool overlaps = Overlaps;
    using environment = distproc::solo_environment;
    hooks* what;

    distproc::solo_team make_team() const { return {}; }
    std::size_t width(const distproc::solo_team&) const {
        hooks::call(what->width);
        return what->workers;
    }
    distproc::local_supply supply(const distproc::solo_team&, std::size_t workers, std::size_t granules) const {
        hooks::call(what->supply);
        return {granules, workers};
    }
    template <class Body>
    void run(std::size_t width, Body&& body) const {
        if (what->run) {
            what->run(width);
        }
        std::vector<std::jthread> threads;
        for (std::size_t w = 0; w < width; ++w) {
            threads.emplace_back([&body, w] {
                is_worker = true;
                body(w);
            });
        }
    }
};

} // namespace test
