// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/failed_items.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/node_gather/drain.hpp>
#include <distproc/writer/node_gather/layout.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace distproc {

namespace detail {
/// Of writers that take results as they are.
struct no_encoder {};
} // namespace detail

/// `node_gather` at work. `Inner` is the session of the writer behind it, which lives on the writing ranks alone;
/// `Encoder` is that writer's, on every rank.
template <class Result, class Inner, team Team, class Encoder = detail::no_encoder>
class node_gather_session {
    static_assert(std::is_trivially_copyable_v<Result> && alignof(Result) <= 64,
                  "node_gather moves results as bytes: the result must be trivially copyable, aligned to 64 at most");

public:
    static constexpr bool encodes = !std::is_same_v<Encoder, detail::no_encoder>;
    static constexpr bool concurrent = encodes;
    static constexpr bool takes_pieces = detail::takes_pieces_of_granules<Inner>;

    /// Collective; see `node_gather`. `open` opens the writer behind on the team of the writing ranks.
    template <class Open>
    node_gather_session(const plan& what, const Team& ranks, std::size_t nodes_per_writer, std::size_t buffer_bytes,
                        Encoder encoder, Open&& open)
        : ranks_(ranks), encoder_(std::move(encoder)), frame_bytes_(what.result.object_bytes),
          per_item_(what.result.per_item) {
        if constexpr (encodes) {
            frame_bytes_ = encoder_.most_bytes();
            buffer_bytes = std::max(buffer_bytes, detail::least_gather_bytes(ranks.node_size(), frame_bytes_));
        }
        domain_ = detail::find_gather_domain(ranks, nodes_per_writer,
                                             detail::gather_bytes(what, ranks.node_size(), buffer_bytes, frame_bytes_));
        const std::optional<Team> writers = ranks.leaders(nodes_per_writer);
        const bool rings = domain_.ranks > 1 && !what.dry_run;
        const bool rings_anywhere = domain_.writers < ranks.size() && !what.dry_run;
        attempt([&] {
            if (rings) {
                memory_ = std::make_unique<detail::gather_memory<Team>>(ranks, domain_.bytes, frame_bytes_);
            }
        });
        if (rings_anywhere) { // before the writer creates anything
            throw_first(ranks, problem_);
        }
        if (writers) {
            attempt([&] { inner_ = std::make_unique<Inner>(open(*writers)); });
        }
        learn();
        if (memory_ && ranks.node_rank() == 0) {
            attempt([&] {
                drain_ = std::make_unique<detail::gather_drain<Result, Inner, Team>>(
                    ranks, memory_->rings, inner_.get(), domain_.route, per_item_);
            });
        }
        if (rings_anywhere) {
            throw_first(ranks, problem_);
        }
    }

    [[nodiscard]] const index_set& done() const noexcept { return done_; }

    void watch(run_flags& flags) {
        flags_ = &flags;
        if (drain_) {
            drain_->watch(flags);
        }
        if constexpr (requires(Inner & inner) { inner.watch(flags); }) {
            if (inner_) {
                inner_->watch(flags);
            }
        }
    }

    /// Puts the results, or the records that they make whole, into node memory; sleeps while its part there is full. On
    /// the only rank of a writer's domain: the inner session's `write`.
    void write(std::size_t first, std::span<const Result> results) {
        if (!memory_) {
            inner_->write(first, results);
            return;
        }
        if constexpr (encodes) {
            encoder_.put(first, std::as_bytes(results), results.size() / per_item_, put_record());
            return;
        }
        detail::gather_ring& ring = memory_->rings.ring(ranks_.node_rank());
        const std::size_t most = detail::gather_ring::most_in_frame(memory_->ring_bytes, per_item_ * sizeof(Result));
        while (!results.empty()) {
            const std::size_t items = std::min(most, results.size() / per_item_);
            const std::span<const Result> part = results.first(items * per_item_);
            if (!ring.put(first, items, std::as_bytes(part), memory_->rings.bell(), run_failed())) {
                return;
            }
            moved_.between_ranks += ranks_.node_rank() != 0 ? part.size_bytes() : 0;
            first += items;
            results = results.subspan(part.size());
        }
    }

    /// These items have no results.
    void skip(std::size_t first, std::size_t count)
        requires detail::leaves_out<Inner>
    {
        if (!memory_) {
            inner_->skip(first, count);
        } else {
            detail::gather_ring& ring = memory_->rings.ring(ranks_.node_rank());
            (void)ring.put(first, count, {}, memory_->rings.bell(), run_failed());
        }
    }

    /// Where there is no drain, which asks by itself.
    void commit_if_due()
        requires requires(Inner& inner) { inner.commit_if_due(); }
    {
        if (!memory_ && inner_) {
            inner_->commit_if_due();
        }
    }

    /// On a writing rank: returns when all ranks of its domain have finished and all is written, and throws what went
    /// wrong in writing. On all others at once, or, for a node without a writer, when its results have been taken.
    void finish() {
        finished_ = true;
        std::exception_ptr problem;
        if (memory_) {
            if constexpr (encodes) {
                try {
                    encoder_.flush(put_record());
                } catch (...) {
                    problem = std::current_exception();
                }
            }
            memory_->rings.ring(ranks_.node_rank()).finish(memory_->rings.bell());
        }
        if (drain_) {
            const std::exception_ptr behind = drain_->join();
            problem = problem ? problem : behind;
            moved_.between_nodes += drain_->sent();
        }
        flags_ = nullptr;
        if (inner_) {
            try {
                inner_->finish();
            } catch (...) {
                problem = problem ? problem : std::current_exception();
            }
        }
        if (problem) {
            std::rethrow_exception(problem);
        }
    }

    void failed(const failed_items& items) {
        if constexpr (requires(Inner & inner) { inner.failed(items); }) {
            if (inner_) {
                inner_->failed(items);
            }
        }
    }

    /// Collective. Closes the inner session on the writing ranks; throws the same `error` on all ranks where that
    /// fails.
    void close(outcome how) {
        if (!finished_) {
            attempt([&] { finish(); });
        }
        if (inner_) {
            attempt([&] {
                inner_->close(how);
                description_ = inner_->description() + gathered_;
            });
        }
        throw_first(ranks_, problem_);
    }

    [[nodiscard]] traffic moved() const {
        traffic all = moved_;
        if (inner_ && finished_) {
            const traffic behind = inner_->moved();
            all.written += behind.written;
            all.between_ranks += behind.between_ranks;
            all.between_nodes += behind.between_nodes;
        }
        return all;
    }
    [[nodiscard]] std::string description() const { return description_; }

private:
    [[nodiscard]] auto run_failed() const {
        return [this] { return flags_ != nullptr && flags_->cause() == stop_cause::failed; };
    }

    /// What takes the records of this rank, one at a time.
    [[nodiscard]] auto put_record() {
        return [this](std::span<const std::byte> record) {
            const std::scoped_lock lock(*putting_);
            detail::gather_ring& ring = memory_->rings.ring(ranks_.node_rank());
            if (ring.put(0, record.size(), record, memory_->rings.bell(), run_failed())) {
                moved_.between_ranks += ranks_.node_rank() != 0 ? record.size() : 0;
            }
        };
    }

    template <class Step>
    void attempt(Step&& step) {
        if (!problem_.empty()) {
            return;
        }
        try {
            step();
        } catch (...) {
            problem_ = current_exception_text();
        }
    }

    // Collective: agrees on errors so far, and brings what the inner session says to ranks that have none.
    void learn() {
        std::string news;
        attempt([&] {
            if (ranks_.rank() == 0) { // the leader of node 0, which always writes
                const std::string text = inner_->description();
                save_bytes(news, detail::next_gather_session());
                save_bytes(news, text.size());
                news += text + detail::bytes_of_set(inner_->done());
            }
        });
        throw_first(ranks_, problem_);
        news = ranks_.broadcast(std::move(news), 0);
        std::string_view rest = news;
        domain_.route.session = load_bytes<std::size_t>(rest);
        const auto length = load_bytes<std::size_t>(rest);
        description_ = rest.substr(0, length);
        done_ = detail::set_of_bytes(rest.substr(length));
        if (domain_.writers < ranks_.size()) {
            gathered_ =
                ", gathered from " + std::to_string(ranks_.size()) + " ranks by " + std::to_string(domain_.writers);
            description_ += gathered_;
        }
    }

    Team ranks_;
    [[no_unique_address]] Encoder encoder_;
    std::unique_ptr<std::mutex> putting_ = std::make_unique<std::mutex>(); // sessions move
    detail::gather_domain domain_;
    std::size_t frame_bytes_; ///< the most that a frame must hold
    std::size_t per_item_;
    std::unique_ptr<detail::gather_memory<Team>> memory_;              // null: results go straight to the inner session
    std::unique_ptr<Inner> inner_;                                     // null: another rank writes
    std::unique_ptr<detail::gather_drain<Result, Inner, Team>> drain_; // before what it uses goes
    index_set done_;
    std::string description_;
    std::string gathered_; ///< the end of it
    std::string problem_;
    traffic moved_;
    run_flags* flags_ = nullptr;
    bool finished_ = false;
};

} // namespace distproc
