// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/array_record.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/reduce/accumulator.hpp>
#include <distproc/writer/reduce/extremum.hpp>
#include <distproc/writer/reduce/fold.hpp>
#include <distproc/writer/reduce/granule_sums.hpp>
#include <distproc/writer/reduce/histogram.hpp>
#include <distproc/writer/reduce/moments.hpp>
#include <distproc/writer/reduce/sum.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace distproc {

/// Keeps of all results only what an accumulator makes of them: `distproc::sum<double> total;`, then
/// `execute(numbers, square, on, reduce_writer{total})`, then `total.value()` on every rank. Supplied are `sum`,
/// `minimum`, `maximum`, `moments`, `histogram` and `fold` (any associative operation); see `accumulator` for your own.
///
/// The items are cut into granules, whose length depends on the number of items, the size of an empty accumulator and
/// the cell of the compute alone. A worker accumulates a granule in the order of its items, and the granules are merged
/// by one binary tree, so that the result has the same bits on any executor and any number of ranks and threads.
///
/// Items that failed and were skipped are left out; an accumulator without any result may then be merged.
///
/// Cost: the workers accumulate while the results are in the cache and merge what they finish; in the end a message
/// with what could not yet be merged goes from each rank to the next in a binomial tree over the ranks (within a node
/// first, where its ranks are neighbours), then one broadcast, and two gathers of a few bytes. Memory: an accumulator
/// for each granule that a rank has computed without its neighbour in the tree, at worst 64 MiB (or 256 accumulators)
/// on a rank, twice that while it takes in what others have, and as much for the message; accumulators that grow with
/// what they take in may need more.
///
/// `result` must live until the run has ended and be made alike on all ranks. At the end it is replaced on all of them;
/// what it held before does not count, and stays where the run fails or stops. Under `node_gather` only the writing
/// ranks get it. Throws `error` on all ranks where a merge throws, or where accumulators with a `serialize` begin
/// differently; where a rank has no memory to take a message, the program ends.
template <class Accumulator>
class reduce_writer {
public:
    static constexpr std::string_view name = "reduce";

    explicit reduce_writer(Accumulator& result) : result_(&result) {}

    /// Items of a granule: as many as make 16,384 granules, or fewer granules where accumulators are large; 8,192 at
    /// most where they are small.
    [[nodiscard]] std::size_t grain(const result_layout&, const shape& items) const {
        Accumulator empty = *result_;
        empty.clear();
        std::string saved;
        save_bytes(saved, empty);
        const std::size_t bytes = sizeof(Accumulator) + saved.size();
        const std::size_t most = std::clamp<std::size_t>((std::size_t{64} << 20U) / bytes, 256, 16384);
        const std::size_t enough = (volume(items) + most - 1) / most;
        return std::max<std::size_t>(1, most == 16384 ? std::min<std::size_t>(enough, 8192) : enough);
    }

    template <class Result, class Team>
    class session;

    /// Collective.
    template <class Result, class Team>
    [[nodiscard]] auto open(const plan& what, const Team& ranks) const {
        static_assert(!detail::is_array_record<Result>,
                      "reduce_writer: the compute fills arrays; return one value of each item, and fill none");
        static_assert(accumulator<Accumulator, Result>,
                      "reduce_writer: the accumulator cannot take the compute's results; it needs add(result), "
                      "add(result, item) or add(span of results, first item), and merge(later)");
        return session<Result, Team>(*result_, what, ranks);
    }

private:
    Accumulator* result_;
};

template <class Accumulator>
template <class Result, class Team>
class reduce_writer<Accumulator>::session {
public:
    static constexpr bool concurrent = true;

    session(Accumulator& result, const plan& what, const Team& ranks)
        : ranks_(ranks), result_(&result), dry_(what.dry_run),
          description_("one accumulator of " + std::to_string(what.grid.item_count()) + " results in memory") {
        std::string news;
        attempt([&] {
            if (what.result.per_item != 1) {
                throw error("it accumulates one value of each item, and the compute returns arrays of " +
                            to_string(what.result.members.front().extents));
            }
            state_ = std::make_unique<state>(result, what.grid);
            detail::byte_saver comparable(news, false);
            comparable.value(state_->empty);
        });
        save_bytes(problem_, std::hash<std::string>{}(news)); // behind the text, if there is any
        const std::vector<std::string> all = ranks_.all_gather(problem_);
        problem_.clear();
        for (const std::string& one : all) {
            if (one.size() != sizeof(std::size_t)) {
                throw error(one.substr(0, one.size() - sizeof(std::size_t)));
            }
        }
        const auto other = std::ranges::find_if(all, [&](const std::string& one) { return one != all[0]; });
        if (other != all.end()) {
            throw error("reduce_writer: the accumulator of rank " + std::to_string(other - all.begin()) +
                        " begins otherwise than that of rank 0; give every rank the same");
        }
    }

    [[nodiscard]] static index_set done() { return {}; }

    /// What one worker writes to, without waiting for others.
    [[nodiscard]] detail::granule_sums<Accumulator> part() const { return state_->make_part(); }

    void write(std::size_t first, std::span<const Result> results) {
        const std::scoped_lock lock(state_->writing);
        state_->rest.write(first, results);
    }
    void skip(std::size_t first, std::size_t count) {
        const std::scoped_lock lock(state_->writing);
        state_->rest.skip(first, count);
    }
    void finish() { state_->rest.flush(); }

    /// Collective. Throws the same `error` on all ranks where a merge throws or memory is short.
    void close(outcome how) {
        if (how != outcome::complete || dry_) {
            return;
        }
        const std::string whole = collect();
        if (whole[0] == failed) {
            throw error(whole.substr(1));
        }
        std::optional<Accumulator> all;
        attempt([&] {
            all.emplace(state_->empty);
            std::string_view rest = std::string_view(whole).substr(1);
            load_bytes(rest, *all);
        });
        throw_first(ranks_, problem_);
        *result_ = std::move(*all);
    }

    [[nodiscard]] traffic moved() const noexcept { return moved_; }
    [[nodiscard]] const std::string& description() const noexcept { return description_; }

private:
    using tree = detail::merge_tree<Accumulator>;
    static constexpr char well = 'k'; // a message begins with one of these
    static constexpr char failed = 'e';

    // At one place, since workers' parts refer to it.
    struct state {
        state(const Accumulator& like, const granules& grid)
            : empty(like), items(grid.item_count()), granule(grid.length()),
              finished(detail::granule_sums<Accumulator>::leaves(items, granule)), rest(make_part()) {
            empty.clear();
        }
        [[nodiscard]] detail::granule_sums<Accumulator> make_part() { return {empty, items, granule, finished}; }

        Accumulator empty;
        std::size_t items;
        std::size_t granule;
        detail::shared_tree<Accumulator> finished;
        std::mutex writing;
        detail::granule_sums<Accumulator> rest; // what comes through write
    };

    /// Unless something went wrong before.
    template <class Step>
    void attempt(Step&& step) noexcept {
        try {
            if (problem_.empty()) {
                step();
            }
        } catch (...) {
            problem_ = "reduce_writer: " + current_exception_text();
        }
    }

    // Collective: the bytes of the whole, or `failed` and a text, on all ranks. Others wait until their messages are
    // taken: where that fails, the program ends here.
    [[nodiscard]] std::string collect() noexcept {
        std::size_t children = 0;
        std::size_t parent = 0;
        for (std::size_t bit = 1; bit < ranks_.size(); bit *= 2) {
            if ((ranks_.rank() & bit) != 0) {
                parent = ranks_.rank() - bit;
                break;
            }
            children += ranks_.rank() + bit < ranks_.size() ? 1 : 0;
        }
        for (std::vector<std::byte> message; children != 0;) { // whatever went wrong
            if (!ranks_.receive(message)) {
                std::this_thread::sleep_for(std::chrono::microseconds(50));
                continue;
            }
            attempt([&] { take_in(message); });
            --children;
        }
        std::string whole;
        attempt([&] { whole = ranks_.rank() == 0 ? final_bytes() : tree_bytes(); });
        if (!problem_.empty()) {
            whole = failed + problem_;
        }
        if (ranks_.rank() != 0) {
            (void)ranks_.send(parent, std::as_bytes(std::span(whole)), [] { return false; });
            moved_.between_ranks += whole.size();
        }
        return ranks_.broadcast(std::move(whole), 0);
    }
    [[nodiscard]] std::string tree_bytes() {
        std::string bytes(1, well);
        for (const auto& node : state_->finished.tree.nodes()) {
            save_bytes(bytes, node.level);
            save_bytes(bytes, node.index);
            save_bytes(bytes, node.value);
        }
        return bytes;
    }
    void take_in(std::span<const std::byte> message) {
        std::string_view rest(reinterpret_cast<const char*>(message.data()), message.size());
        const bool bad = rest.front() == failed;
        rest.remove_prefix(1);
        if (bad) {
            problem_ = rest;
            return;
        }
        state_->finished.tree.add_all([&]() -> std::optional<typename tree::node> {
            if (rest.empty()) {
                return std::nullopt;
            }
            typename tree::node n{0, 0, state_->empty};
            load_bytes(rest, n.level);
            load_bytes(rest, n.index);
            load_bytes(rest, n.value);
            return n;
        });
    }
    [[nodiscard]] std::string final_bytes() {
        tree& all = state_->finished.tree;
        if (!all.complete()) {
            throw error("some granules never came; the executor must give each block to one worker");
        }
        std::string bytes(1, well);
        save_bytes(bytes, all.nodes().empty() ? state_->empty : all.nodes()[0].value);
        return bytes;
    }

    Team ranks_;
    Accumulator* result_;
    bool dry_;
    std::string description_;
    std::string problem_;
    std::unique_ptr<state> state_;
    traffic moved_;
};

} // namespace distproc
