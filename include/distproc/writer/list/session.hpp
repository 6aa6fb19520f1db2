// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/cores.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/list/fold.hpp>
#include <distproc/writer/list/records.hpp>
#include <distproc/writer/spool.hpp>

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc {

/// How writers of files take results of variable length: each writing rank appends them to a spool beside the output,
/// and at the end one rank makes the output of all spools: where each item's values begin, and the values.
///
/// `Output` has, each for one process: `place()`, the path of the output; `name(plan)`, for people;
/// `try_out(plan)`, which throws `error` where the output cannot be made and leaves nothing behind; and `store(plan,
/// list_fold, list_end, threads)`, which makes it, whole and durable, under its name, and may use so many threads.
template <element E, team Team, class Output>
class list_session {
public:
    static constexpr bool concurrent = true;

    /// Collective. Throws `error` on all ranks, with the same text.
    list_session(Team ranks, Output output, const plan& what)
        : ranks_(std::move(ranks)), output_(std::move(output)), plan_(what) {
        std::string problem;
        token_ = ranks_.broadcast(output_.place() + ".new-" + std::to_string(::getpid()), 0);
        if (ranks_.rank() == 0) {
            attempt(problem, [&] { output_.try_out(plan_); });
        }
        throw_first(ranks_, problem);
        if (!plan_.dry_run) {
            attempt(problem, [&] { spool_ = std::make_unique<detail::spool>(spool_path(ranks_.rank())); });
            throw_first(ranks_, problem);
        }
        description_ = output_.name(plan_) + ", lists of " + to_string(plan_.grid.items()) + " items" +
                       (plan_.dry_run ? ", tried and removed again (dry run)" : "");
    }

    /// Lists of an earlier run are not taken over: nothing is done.
    [[nodiscard]] static index_set done() { return {}; }

    void write(std::size_t first, std::span<const list_view<E>> results) {
        encoder_->put(first, std::as_bytes(results), results.size(), to_spool());
    }
    void write_record(std::span<const std::byte> record) {
        spool_->append(record);
        detail::list_head head;
        std::memcpy(&head, record.data(), sizeof head);
        *written_ += head.value_bytes();
    }
    void failed(const failed_items& items) { failed_ = items; }
    void finish() {
        if (!plan_.dry_run) {
            encoder_->flush(to_spool());
        }
    }

    /// Collective. One rank makes the output. Throws `error` on all ranks, with the same text, and then leaves the
    /// spools beside the output; after a failed run it saves what it can and throws nothing. Items without a result
    /// have an empty list then.
    void close(outcome how) {
        if (plan_.dry_run) {
            return;
        }
        std::string problem;
        std::vector<detail::spool_of_output> spools = collect(problem);
        std::string news; // 'e' and an error, or 'k' and the number of values
        if (ranks_.rank() == 0) {
            problem = how == outcome::failed ? "" : problem;
            std::size_t values = 0;
            attempt(problem, [&] { values = join(std::move(spools), how); });
            news = problem.empty() ? "k" + std::to_string(values) : "e" + problem;
        }
        news = ranks_.broadcast(std::move(news), 0);
        if (news.at(0) == 'k') {
            description_ += ", " + news.substr(1) + " values";
        } else if (how != outcome::failed) {
            spool_->keep();
            throw error(news.substr(1) + "; what was computed is left in '" + spool_path(0) + "'" +
                        (ranks_.size() == 1 ? "" : " to '" + spool_path(ranks_.size() - 1) + "'"));
        }
        spool_.reset();
    }

    [[nodiscard]] traffic moved() const noexcept { return {*written_, 0, 0}; }
    [[nodiscard]] std::string description() const { return description_; }

private:
    [[nodiscard]] auto to_spool() {
        return [this](std::span<const std::byte> record) { write_record(record); };
    }
    [[nodiscard]] std::string spool_path(std::size_t rank) const { return token_ + ".spool-" + std::to_string(rank); }

    /// Collective, when all have written: the spools, closed; what went wrong on the first rank where something did.
    std::vector<detail::spool_of_output> collect(std::string& problem) {
        attempt(problem, [&] { spool_->close(); });
        std::string mine;
        save_bytes(mine, problem);
        save_bytes(mine, spool_->bytes());
        std::vector<detail::spool_of_output> spools;
        for (const std::string& one : ranks_.all_gather(mine)) {
            std::string_view rest = one;
            const auto theirs = load_bytes<std::string>(rest);
            problem = problem.empty() ? theirs : problem;
            spools.push_back({spool_path(spools.size()), load_bytes<std::uint64_t>(rest)});
        }
        return spools;
    }

    /// By rank 0. Returns the number of values.
    std::size_t join(std::vector<detail::spool_of_output> spools, outcome how) {
        detail::list_fold all(std::move(spools), plan_.grid.item_count(), sizeof(E));
        if (how == outcome::complete && all.found() != all.items()) {
            throw error("the output lacks items: of " + std::to_string(all.items()) + " lists " +
                        std::to_string(all.found()) + " were written, though the run is complete");
        }
        const std::size_t workers = encoder_->threads(); // none: the lists came through node_gather
        output_.store(plan_, all, {how == outcome::complete, failed_}, workers != 0 ? workers : usable_cores());
        *written_ += all.offsets().size_bytes();
        return all.values();
    }

    Team ranks_;
    Output output_;
    plan plan_;
    std::string token_;
    std::unique_ptr<detail::list_encoder<E>> encoder_ = std::make_unique<detail::list_encoder<E>>();
    std::unique_ptr<detail::spool> spool_;
    std::unique_ptr<std::atomic<std::size_t>> written_ = std::make_unique<std::atomic<std::size_t>>(0);
    failed_items failed_;
    std::string description_;
};

namespace detail {

/// The plan of an output that holds lists: no item axes, but the members `offsets` and `values`, arrays of these
/// lengths, and the item axes as the parameter `item_shape` where there are several.
[[nodiscard]] inline plan plan_of_lists(plan what, std::size_t values) {
    const shape items = what.grid.items();
    const std::size_t offsets = what.grid.item_count() + 1;
    if (items.size() > 1) {
        parameter axes;
        axes.name = "item_shape";
        axes.kind = element_kind::uint64;
        axes.extents = {items.size()};
        for (const std::uint64_t extent : items) {
            const auto bytes = std::as_bytes(std::span(&extent, 1));
            axes.bytes.insert(axes.bytes.end(), bytes.begin(), bytes.end());
        }
        what.parameters.insert(what.parameters.begin(), std::move(axes)); // first: it keeps its name
    }
    const element_kind kind = what.result.members.at(0).kind;
    const std::size_t value_bytes = element_bytes(kind);
    what.grid = granules(shape{});
    what.remaining = {};
    what.result = {};
    what.result.record = true;
    what.result.members.push_back({"offsets", element_kind::uint64, {offsets}, 0, 0, offsets * sizeof(std::uint64_t)});
    const std::size_t behind = what.result.members[0].bytes;
    what.result.members.push_back({"values", kind, {values}, behind, behind, values * value_bytes});
    what.result.object_bytes = what.result.packed_bytes = behind + values * value_bytes;
    return what;
}

} // namespace detail
} // namespace distproc
