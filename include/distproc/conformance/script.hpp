// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/granules.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/named.hpp>
#include <distproc/core/random_stream.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace distproc::conformance {

/// The result of the fakes' compute.
struct sample {
    double value = 0;
    std::uint64_t item = 0;

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& named("value", value) & named("item", item);
    }
};

/// Numbers of one item of the fakes' source; 56 bytes, so that most items lie at unaligned addresses.
inline constexpr std::size_t sample_width = 7;

/// What each fake does wrong.
enum class step : unsigned char { nothing, open_source, read, at, compute, open_writer, write, finish, close };

inline constexpr std::size_t any_rank = no_item;

/// What the fakes of one run play. Equal on all ranks.
struct script {
    shape axes{};                   ///< of the items
    shape granule{};                ///< of the fake writer; none: single items
    index_set done{};               ///< granules that the fake writer calls durable already
    step fails = step::nothing;     ///< which fake throws
    std::size_t rank = any_rank;    ///< on which rank it throws
    std::size_t item = no_item;     ///< at which item it throws; `no_item`: at the first it meets
    bool foreign = false;           ///< throws an int, not a std::exception
    bool skips = false;             ///< the run goes on without items that fail
    std::size_t stop_at = no_item;  ///< the item at which the run is asked to stop
    step stops_in = step::nothing;  ///< the step in which it is asked to stop, on `rank`
    bool slow_source = false;       ///< each read waits until all that was read before is computed
    bool slow_writer = false;       ///< each write waits for room
    bool full_writer = false;       ///< no write ever gets room; a stop is asked for meanwhile
    double item_seconds = 0;        ///< what the compute takes for each item, asleep
    int rounding = FE_TONEAREST;    ///< in force in every fake
    std::uint64_t seed = 1;         ///< of the random streams
    std::string message = "played"; ///< of the exception

    [[nodiscard]] granules grid() const { return granule.empty() ? granules(axes) : granules(axes, granule); }
    /// Items that the fake writer calls durable.
    [[nodiscard]] index_set done_items() const {
        index_set items;
        const granules all = grid();
        for (const index_range range : done.ranges()) {
            all.for_each_run(range, [&](index_range run) { items.insert(run); });
        }
        return items;
    }
};

/// Sets the rounding mode for a scope.
class rounding_scope {
public:
    explicit rounding_scope(int mode) : before_(std::fegetround()) { std::fesetround(mode); }
    rounding_scope(const rounding_scope&) = delete;
    rounding_scope& operator=(const rounding_scope&) = delete;
    ~rounding_scope() { std::fesetround(before_); }

private:
    int before_;
};

// Not inlined, so that no compiler moves their arithmetic across a change of the rounding mode.

/// The numbers of an item of the fake source; they depend on the rounding mode.
[[gnu::noinline]] inline void fill_item(std::size_t item, double* numbers) noexcept {
    for (std::size_t k = 0; k < sample_width; ++k) {
        numbers[k] = static_cast<double>((item * 31 + k * 7 + 3) % 1013) / 7.0;
    }
}

/// What the fake compute makes of an item; it depends on the rounding mode.
[[gnu::noinline]] inline sample compute_sample(std::span<const double> item, std::size_t index, random_stream& random) {
    double value = random.uniform();
    for (const double x : item) {
        value = value * 0.75 + x;
    }
    return {value, index};
}

/// What stands in place of the result of an item that failed and was skipped.
[[nodiscard]] inline bool is_mark(const sample& result) noexcept {
    return std::isnan(result.value) && result.item == 0;
}

/// The result of one item, by a plain loop.
inline sample expected_sample(const script& plot, std::size_t item) {
    const rounding_scope mode(plot.rounding);
    double numbers[sample_width];
    fill_item(item, numbers);
    random_stream random(plot.seed, item);
    return compute_sample(numbers, item, random);
}

/// What the fakes of one rank saw and did in one run. Thread-safe.
class ledger {
public:
    ledger(const script& plot, std::size_t rank)
        : plot_(plot), rank_(rank), results_(volume(plot.axes)), computed_(results_.size()), failed_(results_.size()),
          written_(results_.size()) {}

    [[nodiscard]] const script& plot() const noexcept { return plot_; }
    [[nodiscard]] std::size_t rank() const noexcept { return rank_; }

    /// Throws where the script says so: `where`, on this rank, and one of the items [first, first + count).
    void play(step where, std::size_t first = no_item, std::size_t count = 1) {
        if (plot_.rank != any_rank && plot_.rank != rank_) {
            return;
        }
        if (plot_.stops_in == where) {
            stop.request_stop();
        }
        if (plot_.fails != where) {
            return;
        }
        if (plot_.item != no_item && (first == no_item || plot_.item < first || plot_.item - first >= count)) {
            return;
        }
        ++thrown;
        if (where == step::compute) {
            ++failed_[first];
        }
        std::size_t lowest = lowest_thrown;
        while (first < lowest && !lowest_thrown.compare_exchange_weak(lowest, first)) {
        }
        if (plot_.foreign) {
            throw 5;
        }
        throw error(plot_.message + " on rank " + std::to_string(rank_));
    }
    void look_at_rounding(const char* where) {
        if (std::fegetround() != plot_.rounding) {
            complain(std::string(where) + " did not have the rounding mode of the caller of execute");
        }
    }
    void complain(const std::string& sentence) {
        const std::scoped_lock lock(mutex_);
        if (std::find(complaints_.begin(), complaints_.end(), sentence) == complaints_.end()) {
            complaints_.push_back(sentence);
        }
    }
    [[nodiscard]] std::vector<std::string> complaints() const {
        const std::scoped_lock lock(mutex_);
        return complaints_;
    }

    void note_computed(std::size_t item) {
        ++computed_[item];
        ++computed_here;
    }
    void note_written(std::size_t first, std::span<const sample> results) {
        for (std::size_t k = 0; k < results.size(); ++k) {
            if (written_[first + k]++ == 0) {
                results_[first + k] = results[k];
            }
        }
    }
    [[nodiscard]] unsigned computed(std::size_t item) const { return computed_[item]; }
    [[nodiscard]] unsigned failed(std::size_t item) const { return failed_[item]; }
    [[nodiscard]] unsigned written(std::size_t item) const { return written_[item]; }
    [[nodiscard]] sample result(std::size_t item) const { return results_[item]; }

    /// Counts the threads that are in a fake at once.
    struct busy {
        explicit busy(std::atomic<std::size_t>& threads) : threads_(threads), others(threads.fetch_add(1)) {}
        busy(const busy&) = delete;
        busy& operator=(const busy&) = delete;
        ~busy() { --threads_; }

    private:
        std::atomic<std::size_t>& threads_;

    public:
        const std::size_t others;
    };

    std::stop_source stop;
    std::atomic<std::size_t> thrown{0}, lowest_thrown{no_item}; ///< exceptions, and the lowest item of one
    std::atomic<std::size_t> opens{0}, finishes{0}, closes{0};
    std::atomic<std::size_t> told_of_failed{0}, failed_told{0}; ///< calls of `failed`, and the items of the last
    std::atomic<std::size_t> computing{0}, most_computing{0}, in_io{0}; ///< threads
    std::atomic<std::size_t> read_here{0}, computed_here{0};            ///< items

private:
    script plot_;
    std::size_t rank_;
    std::vector<sample> results_;
    std::vector<std::atomic<unsigned>> computed_;
    std::vector<std::atomic<unsigned>> failed_; // computing
    std::vector<std::atomic<unsigned>> written_;
    mutable std::mutex mutex_;
    std::vector<std::string> complaints_;
};

} // namespace distproc::conformance
