// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/array_record.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/memory/lists.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace distproc {

/// Which ranks a `memory_writer` serves.
enum class results_on : unsigned char { root, every_rank };

/// Fills the caller's container, in the order of the items: `memory_writer{results}` with a `std::vector<Result>` (made
/// as long as needed), or a `std::span<Result>` of the right length. Workers compute straight into it. `Result` may be
/// a `std::vector`, of another length for each item.
///
/// For results that fit into memory. Choose `results_on::every_rank` where all ranks go on with all results; by default
/// only rank 0's container is filled and the others' are left as they were.
/// Cost: on several ranks, one message of each rank's results to rank 0 at the end (and one broadcast back for
/// `every_rank`), in pieces of 4 MiB, and two small gathers; each rank reserves address space for all results and uses
/// memory for its own.
/// After an error the container's contents are unspecified; after a stop, those of the items that were not computed.
/// Throws `error` where a span has the wrong length.
template <class Container>
class memory_writer {
    static_assert(std::ranges::contiguous_range<Container>,
                  "memory_writer: the argument cannot hold the results; give it a std::vector or std::span of the "
                  "compute's result");

public:
    static constexpr std::string_view name = "memory";
    static constexpr bool takes_lists = true;

    explicit memory_writer(Container& results, results_on where = results_on::root)
        : results_(&results), where_(where) {}

    template <class Result, class Team>
    class session;

    template <class Result, class Team>
    [[nodiscard]] auto open(const plan& what, const Team& ranks) const {
        static_assert(!detail::is_array_record<Result>,
                      "memory_writer: the compute returns members beside its array, which no vector of one type can "
                      "hold; write to a file with hdf5_writer or shard_writer, or return nothing and keep the array");
        static_assert(detail::is_array_record<Result> ||
                          std::same_as<Result, detail::stored_t<std::ranges::range_value_t<Container>>>,
                      "memory_writer's container holds another type than the compute returns: give it a "
                      "std::vector of the compute's result");
        if constexpr (detail::is_list<Result>) {
            return detail::memory_list_session<Container, detail::list_value_t<Result>, Team>(
                *results_, where_ == results_on::every_rank, what, ranks);
        } else {
            return session<Result, Team>(*results_, where_, what, ranks);
        }
    }

    /// Of lists; see `detail::encodes`.
    template <class Result>
        requires detail::is_list<Result>
    [[nodiscard]] auto encoder(const plan&) const {
        return detail::list_encoder<detail::list_value_t<Result>>();
    }

private:
    Container* results_;
    results_on where_;
};

template <class Container>
memory_writer(Container&) -> memory_writer<Container>;
template <class Container>
memory_writer(Container&, results_on) -> memory_writer<Container>;

template <class Container>
template <class Result, class Team>
class memory_writer<Container>::session {
public:
    static constexpr bool concurrent = true;

    session(Container& results, results_on where, const plan& what, const Team& ranks)
        : ranks_(ranks), where_(where), count_(what.grid.item_count()), per_item_(what.result.per_item),
          dry_(what.dry_run) {
        holds_result_ = ranks_.rank() == 0 || where_ == results_on::every_rank;
        if (dry_) {
            return;
        }
        if (holds_result_) {
            if constexpr (requires { results.resize(count_); }) {
                results.resize(count_ * per_item_);
            } else if (std::ranges::size(results) != count_ * per_item_) {
                throw error("memory_writer: the container holds " + std::to_string(std::ranges::size(results)) +
                            " results and the run has " + std::to_string(count_) + " items" +
                            (per_item_ == 1 ? "" : " of " + std::to_string(per_item_) + " each") +
                            "; give one of that length, or a std::vector");
            }
            base_ = std::ranges::data(results);
        } else {
            own_ = aligned_buffer(count_ * bytes());
            base_ = reinterpret_cast<Result*>(own_.data());
        }
    }

    [[nodiscard]] static index_set done() { return {}; }

    [[nodiscard]] Result* place(std::size_t first, std::size_t count) {
        if (ranks_.size() > 1) {
            const std::scoped_lock lock(*mutex_);
            here_.insert({first, first + count});
        }
        return base_ + first * per_item_;
    }
    void write(std::size_t first, std::span<const Result> results) {
        std::ranges::copy(results, place(first, results.size() / per_item_));
    }
    static void finish() noexcept {}

    /// Collective. Throws the same `error` on all ranks where one has no memory for the messages. Where rank 0 cannot
    /// take a message, or another cannot say that it has sent its last, the program ends.
    void close(outcome how) {
        if (ranks_.size() == 1 || how == outcome::failed || dry_) {
            return;
        }
        std::vector<std::byte> message;
        std::string piece;
        const auto attempt = [this](auto&& step) {
            std::string problem;
            try {
                step();
            } catch (...) {
                problem = "memory_writer: " + current_exception_text();
            }
            throw_first(ranks_, problem);
        };
        attempt([&] {                                                          // nothing has to grow later
            message.reserve(piece_bytes + sizeof(index_range) + bytes() + 64); // and what a team may add
            piece.reserve(where_ == results_on::every_rank ? piece_items() * bytes() : 0);
        });
        attempt([&] {
            if (ranks_.rank() == 0) {
                collect(message);
            } else {
                deliver(message);
            }
        });
        if (where_ == results_on::every_rank) {
            spread(std::move(piece));
        }
    }

    [[nodiscard]] traffic moved() const noexcept { return moved_; }
    [[nodiscard]] std::string description() const {
        return "memory: " + std::to_string(count_) + " results of " + std::to_string(bytes()) + " bytes on " +
               (where_ == results_on::root ? "rank 0" : "every rank");
    }

private:
    static constexpr std::size_t piece_bytes = std::size_t{4} << 20U;

    /// Of the result of an item.
    [[nodiscard]] std::size_t bytes() const noexcept { return per_item_ * sizeof(Result); }
    [[nodiscard]] std::size_t piece_items() const noexcept { return std::max<std::size_t>(1, piece_bytes / bytes()); }

    /// A message holds runs of results, each after its index range; an empty range is the rank's last message.
    void deliver(std::vector<std::byte>& message) {
        std::exception_ptr problem;
        try {
            deliver_results(message);
        } catch (...) {
            problem = std::current_exception();
        }
        say_delivered();
        if (problem) {
            std::rethrow_exception(problem);
        }
    }

    // A rank that cannot say that it has sent all would leave rank 0 waiting: then the program ends here.
    void say_delivered() noexcept {
        constexpr index_range end;
        (void)ranks_.send(0, std::as_bytes(std::span(&end, 1)), [] { return false; });
        moved_.between_ranks += sizeof end;
    }

    void deliver_results(std::vector<std::byte>& message) {
        const auto append = [&](const void* data, std::size_t bytes) {
            const auto* from = static_cast<const std::byte*>(data);
            message.insert(message.end(), from, from + bytes);
        };
        const auto post = [&] {
            (void)ranks_.send(0, std::span<const std::byte>(message), [] { return false; });
            moved_.between_ranks += message.size();
            message.clear();
        };
        for (const index_range all : here_.ranges()) {
            for (index_range run{all.first, all.first}; run.last < all.last; run.first = run.last) {
                const std::size_t room = message.size() < piece_bytes ? (piece_bytes - message.size()) / bytes() : 0;
                run.last = std::min(all.last, run.first + std::max<std::size_t>(1, room));
                append(&run, sizeof run);
                append(base_ + run.first * per_item_, run.size() * bytes());
                if (message.size() >= piece_bytes) {
                    post();
                }
            }
        }
        if (!message.empty()) {
            post();
        }
    }

    // Others wait until their messages are taken: where that fails, the program ends here.
    void collect(std::vector<std::byte>& message) noexcept {
        std::size_t still_sending = ranks_.size() - 1;
        while (still_sending != 0) {
            if (!ranks_.receive(message)) {
                std::this_thread::sleep_for(std::chrono::microseconds(50));
                continue;
            }
            for (std::size_t at = 0; at < message.size();) {
                index_range run;
                std::memcpy(&run, message.data() + at, sizeof run);
                at += sizeof run;
                if (run.empty()) {
                    --still_sending;
                } else {
                    std::memcpy(static_cast<void*>(base_ + run.first * per_item_), message.data() + at,
                                run.size() * bytes());
                    at += run.size() * bytes();
                }
            }
        }
    }

    void spread(std::string piece) {
        for (std::size_t first = 0; first < count_; first += piece_items()) {
            const std::size_t size = std::min(piece_items(), count_ - first) * bytes();
            Result* there = base_ + first * per_item_;
            if (ranks_.rank() == 0) {
                piece.assign(reinterpret_cast<const char*>(there), size);
                moved_.between_ranks += size * (ranks_.size() - 1);
            }
            piece = ranks_.broadcast(std::move(piece), 0);
            std::memcpy(static_cast<void*>(there), piece.data(), size);
        }
    }

    Team ranks_;
    results_on where_;
    std::size_t count_; // items
    std::size_t per_item_;
    bool dry_;
    bool holds_result_ = false;
    aligned_buffer own_;
    Result* base_ = nullptr;
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
    index_set here_;
    traffic moved_;
};

} // namespace distproc
