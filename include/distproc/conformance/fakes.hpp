// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/conformance/script.hpp>
#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/context.hpp>
#include <distproc/core/failed_items.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/core/team.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/writer/concepts.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::conformance {

/// A source that plays the script of its ledger. Items are rows of `sample_width` numbers; they are read into staging
/// memory, one thread at a time, as from a file.
class fake_source {
public:
    explicit fake_source(ledger& notes) : notes_(&notes) {}

    class opened {
    public:
        using item = std::span<const double>;

        explicit opened(ledger& notes) : notes_(&notes) {}

        [[nodiscard]] const shape& items() const noexcept { return notes_->plot().axes; }
        [[nodiscard]] static std::size_t staging_bytes(std::size_t capacity) noexcept {
            return capacity * sample_width * sizeof(double);
        }
        [[nodiscard]] static std::string description() { return "rows of a fake source"; }
        [[nodiscard]] static std::vector<std::string> files() { return {}; }

        std::size_t read(std::size_t first, std::size_t count, const staging& s, std::size_t slot) {
            const ledger::busy here(notes_->in_io);
            if (here.others != 0) {
                notes_->complain("a source was read while another thread of the rank read or wrote");
            }
            if (first + count > volume(items()) || slot + count > s.capacity || !is_aligned(s.data)) {
                notes_->complain("a source was asked to read items that it does not have, or into unfit memory");
            }
            notes_->look_at_rounding("read");
            notes_->play(step::read, first, count);
            if (notes_->plot().slow_source) {
                wait_for_workers();
            }
            auto* to = reinterpret_cast<double*>(s.data) + slot * sample_width;
            for (std::size_t k = 0; k < count; ++k) {
                fill_item(first + k, to + k * sample_width);
            }
            notes_->read_here += count;
            return count * sample_width * sizeof(double);
        }
        [[nodiscard]] item at(std::size_t index, const staging& s, std::size_t slot) const {
            notes_->play(step::at, index);
            return {reinterpret_cast<const double*>(s.data) + slot * sample_width, sample_width};
        }

    private:
        // Starves the workers: nothing new before all that they have is computed.
        void wait_for_workers() {
            const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
            while (notes_->computed_here != notes_->read_here) {
                if (std::chrono::steady_clock::now() > end) {
                    notes_->complain("nobody computed items that had been read for 10 s, while the next were read");
                    return;
                }
                std::this_thread::yield();
            }
        }

        ledger* notes_;
    };

    [[nodiscard]] opened open() const {
        notes_->play(step::open_source);
        return opened(*notes_);
    }

private:
    ledger* notes_;
};

static_assert(source_policy<fake_source>);

/// A compute that plays the script of its ledger.
class fake_compute {
public:
    explicit fake_compute(ledger& notes) : notes_(&notes) {}

    sample operator()(std::span<const double> item, context& here) const {
        const ledger::busy at_work(notes_->computing);
        std::size_t most = notes_->most_computing;
        while (most <= at_work.others && !notes_->most_computing.compare_exchange_weak(most, at_work.others + 1)) {
        }
        if (item.size() != sample_width || !is_aligned(item.data())) {
            notes_->complain("a compute got an item of the wrong length or at an address that is not 64-byte aligned");
        }
        notes_->look_at_rounding("a compute");
        if (here.item() == notes_->plot().stop_at) {
            notes_->stop.request_stop();
        }
        notes_->play(step::compute, here.item());
        if (notes_->plot().item_seconds > 0) {
            std::this_thread::sleep_for(std::chrono::duration<double>(notes_->plot().item_seconds));
        }
        const sample result = compute_sample(item, here.item(), here.random());
        notes_->note_computed(here.item());
        return result;
    }

private:
    ledger* notes_;
};

/// A writer that plays the script of its ledger and keeps each rank's results there. `Concurrent`: whether its session
/// takes results from many workers at once.
template <bool Concurrent>
class fake_writer {
public:
    static constexpr std::string_view name = Concurrent ? "fake concurrent" : "fake";

    explicit fake_writer(ledger& notes) : notes_(&notes) {}

    [[nodiscard]] shape grain(const result_layout&, const shape& items) const {
        return notes_->plot().granule.empty() ? shape(items.size(), 1) : notes_->plot().granule;
    }

    template <class Team>
    class session;

    template <class Result, class Team>
    [[nodiscard]] session<Team> open(const plan&, const Team& ranks) const {
        static_assert(std::is_same_v<Result, sample>, "the fake writer takes the results of fake computes");
        notes_->play(step::open_writer);
        ++notes_->opens;
        return session<Team>(*notes_, ranks);
    }

private:
    ledger* notes_;
};

template <bool Concurrent>
template <class Team>
class fake_writer<Concurrent>::session {
public:
    static constexpr bool concurrent = Concurrent;

    session(ledger& notes, Team ranks) : notes_(&notes), ranks_(std::move(ranks)) {}

    void watch(const run_flags& flags) noexcept { flags_ = &flags; }
    [[nodiscard]] index_set done() const { return notes_->plot().done; }

    void write(std::size_t first, std::span<const sample> results) {
        if constexpr (!Concurrent) {
            const ledger::busy here(notes_->in_io);
            if (here.others != 0) {
                notes_->complain("a session that is not concurrent was used by two threads of a rank at once");
            }
            take(first, results);
        } else {
            take(first, results);
        }
    }
    /// Failed items that were skipped; a session that is not concurrent gets marks for them.
    void skip(std::size_t first, std::size_t count)
        requires Concurrent
    {
        const sample mark{std::nan(""), 0};
        for (std::size_t k = 0; k < count; ++k) {
            take(first + k, {&mark, 1});
        }
    }
    void failed(const failed_items& items) {
        if (notes_->finishes == 0 || notes_->closes != 0) {
            notes_->complain("a session was told of failed items before finish or after close");
        }
        ++notes_->told_of_failed;
        notes_->failed_told = items.count;
    }
    void finish() {
        notes_->look_at_rounding("finish");
        ++notes_->finishes;
        notes_->play(step::finish);
    }
    /// Collective, and waits for all ranks: one that does not come is found.
    void close(outcome how) {
        if (notes_->finishes == 0) {
            notes_->complain("a session was closed before finish was called");
        }
        ++notes_->closes;
        const std::vector<std::string> all = ranks_.all_gather(std::string(1, static_cast<char>('0' + int(how))));
        for (const std::string& other : all) {
            if (other != all.front()) {
                notes_->complain("ranks closed the session with different outcomes");
            }
        }
        notes_->play(step::close);
    }
    [[nodiscard]] traffic moved() const noexcept { return {}; }
    [[nodiscard]] static std::string description() { return "the ledger of a conformance check"; }

private:
    void take(std::size_t first, std::span<const sample> results) {
        notes_->look_at_rounding("write");
        if (notes_->finishes != 0) {
            notes_->complain("a session was written to after finish");
        }
        if (results.empty() || first + results.size() > volume(notes_->plot().axes)) {
            notes_->complain("a session was given no results, or results of items that do not exist");
            return;
        }
        notes_->play(step::write, first, results.size());
        if (notes_->plot().full_writer) {
            wait_for_stop();
        } else if (notes_->plot().slow_writer) {
            wait_for_room();
        }
        notes_->note_written(first, results);
    }
    // As behind a queue that another thread empties.
    static void wait_for_room() {
        std::atomic<bool> room = false;
        const std::jthread disk([&] {
            room = true;
            room.notify_one();
        });
        room.wait(false);
    }
    // Room never comes: only the news that the run is stopping ends this.
    void wait_for_stop() {
        const std::jthread somebody([this] { notes_->stop.request_stop(); });
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (flags_ != nullptr && !flags_->stopping()) {
            if (std::chrono::steady_clock::now() > end) {
                notes_->complain("a stop that was asked for was not seen in the run_flags for 10 s");
                return;
            }
            std::this_thread::yield();
        }
        if (flags_ == nullptr) {
            notes_->complain("a session with watch() was written to before watch was called");
        }
    }

    ledger* notes_;
    Team ranks_;
    const run_flags* flags_ = nullptr;
};

static_assert(writer<fake_writer<true>, sample> && writer<fake_writer<false>, sample>);

} // namespace distproc::conformance
