// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/conformance/fakes.hpp>
#include <distproc/conformance/findings.hpp>
#include <distproc/execute.hpp>

#include <bit>
#include <cfenv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc::conformance {

/// One run of the fakes on an executor, and what all ranks then know of it. Collective.
template <bool Concurrent, class Executor>
class attempt {
public:
    attempt(const Executor& executor, const script& plot, findings& found)
        : plot_(plot), found_(found), ranks_(executor.make_team()), width_(executor.width(ranks_)),
          notes_(plot, ranks_.rank()) {
        {
            const rounding_scope mode(plot.rounding);
            run(executor);
            found_.expect(std::fegetround() == plot.rounding, "execute changed the rounding mode of its caller");
        }
        for (const std::string& complaint : notes_.complaints()) {
            found_.add(complaint);
        }
        gather();
        judge_calls();
        judge_items();
        if (thrown_ != 0 && !plot_.skips) {
            judge_error();
        } else {
            judge_report();
        }
    }

private:
    struct head {
        std::size_t thrown, lowest, opens, finishes, closes, told_of_failed, failed_told;
        bool failed;
        char pad[7];
    };

    void run(const Executor& executor) {
        options how;
        how.show = progress::off;
        how.seed = plot_.seed;
        how.memory_bytes = std::size_t{64} << 20U;
        how.block_seconds = 20e-6; // many blocks
        how.errors.skip = plot_.skips;
        how.stop = notes_.stop.get_token();
        try {
            report_ =
                execute(fake_source(notes_), fake_compute(notes_), executor, fake_writer<Concurrent>(notes_), how);
        } catch (const execution_error& e) {
            error_ = e;
        } catch (...) {
            found_.add("execute threw something other than execution_error: " + current_exception_text());
        }
        found_.expect(notes_.computing == 0, "a compute was still at work when execute had ended");
        found_.expect(notes_.most_computing <= width_, std::to_string(notes_.most_computing) +
                                                           " computes at once on a rank of width " +
                                                           std::to_string(width_));
    }

    // Collective.
    void gather() {
        const std::size_t n = volume(plot_.axes);
        computed_.resize(n);
        failed_.resize(n);
        written_.resize(n);
        std::string mine;
        save_bytes(mine, head{notes_.thrown,
                              notes_.lowest_thrown,
                              notes_.opens,
                              notes_.finishes,
                              notes_.closes,
                              notes_.told_of_failed,
                              notes_.failed_told,
                              error_.has_value(),
                              {}});
        for (std::size_t i = 0; i < n; ++i) {
            mine += static_cast<char>(notes_.computed(i));
            mine += static_cast<char>(notes_.failed(i));
            mine += static_cast<char>(notes_.written(i));
        }
        for (const std::string& bytes : ranks_.all_gather(mine)) {
            std::string_view rest = bytes;
            const auto one = load_bytes<head>(rest);
            heads_.push_back(one);
            thrown_ += one.thrown;
            lowest_ = std::min(lowest_, one.lowest);
            for (std::size_t i = 0; i < n; ++i) {
                computed_[i] += static_cast<unsigned char>(rest[3 * i]);
                failed_[i] += static_cast<unsigned char>(rest[3 * i + 1]);
                written_[i] += static_cast<unsigned char>(rest[3 * i + 2]);
            }
        }
        const std::vector<std::string> said = ranks_.all_gather(
            error_ ? error_->what() + ("; stage " + std::string(to_string(error_->where()))) : std::string());
        for (const std::string& other : said) {
            found_.expect(other == said.front(),
                          "ranks got different errors: '" + said.front() + "' and '" + other + "'");
        }
    }

    void judge_calls() {
        bool opened = true;
        for (const head& one : heads_) {
            opened = opened && one.opens == 1;
        }
        for (const head& one : heads_) {
            const std::size_t expected = opened ? 1 : 0;
            found_.expect(one.finishes == expected && one.closes == expected,
                          "finish was called " + std::to_string(one.finishes) + " times and close " +
                              std::to_string(one.closes) + " times on a rank, instead of " + std::to_string(expected));
        }
    }

    void judge_items() {
        const index_set done = plot_.done_items();
        std::size_t done_again = 0, computed_twice = 0, written_twice = 0, lost = 0, missing = 0, wrong = 0,
                    unmarked = 0;
        for (std::size_t i = 0; i < computed_.size(); ++i) {
            done_again += done.contains(i) && computed_[i] + written_[i] != 0 ? 1 : 0;
            computed_twice += computed_[i] > 1 ? 1 : 0;
            written_twice += written_[i] > 1 ? 1 : 0;
            const unsigned skipped = plot_.skips ? failed_[i] : 0;
            lost += computed_[i] + skipped > written_[i] ? 1 : 0;
            missing += !done.contains(i) && computed_[i] + skipped == 0 ? 1 : 0;
            computed_items_ += computed_[i] + skipped;
            if (notes_.written(i) != 0 && skipped != 0) {
                unmarked += is_mark(notes_.result(i)) ? 0 : 1;
            } else if (notes_.written(i) != 0) {
                const sample expected = expected_sample(plot_, i);
                const sample got = notes_.result(i);
                wrong += std::bit_cast<std::uint64_t>(got.value) != std::bit_cast<std::uint64_t>(expected.value) ||
                                 got.item != expected.item
                             ? 1
                             : 0;
            }
        }
        none(unmarked, "failed and were skipped, but have no marks in place of results");
        none(done_again, "that were done already were computed again");
        none(computed_twice, "were computed more than once");
        none(written_twice, "were written more than once");
        none(wrong, "have other results than a plain loop");
        if (thrown_ == 0 || plot_.skips) {
            none(lost, "were computed but not written, though nothing failed");
            if (!asked_to_stop()) {
                none(missing, "were not computed");
            }
        }
        missing_ = missing;
        if (thrown_ == 0 && (plot_.stops_in == step::open_source || plot_.stops_in == step::open_writer)) {
            found_.expect(computed_items_ == 0,
                          std::to_string(computed_items_) + " items were computed though a stop was asked for before");
        }
        if (thrown_ == 0 && plot_.stops_in == step::close) {
            none(missing, "were not computed though the stop was asked for when all was over");
        }
    }

    void judge_error() {
        if (!found_.expect(error_.has_value(), "execute threw nothing on this rank though a fake had thrown")) {
            return;
        }
        const execution_error& e = *error_;
        found_.expect(e.where() == expected_stage(), "the error names the stage '" + std::string(to_string(e.where())) +
                                                         "' instead of '" + std::string(to_string(expected_stage())) +
                                                         "'");
        found_.expect(e.item() == lowest_,
                      "the error names " + item_text(e.item()) + " instead of the lowest, " + item_text(lowest_));
        found_.expect(e.others() + 1 == thrown_, "the error counts " + std::to_string(e.others()) +
                                                     " other failures instead of " + std::to_string(thrown_ - 1));
        if (found_.expect(e.rank() < heads_.size() && heads_[e.rank()].thrown != 0,
                          "the error names rank " + std::to_string(e.rank()) + ", where nothing had failed")) {
            const std::string expected = plot_.foreign
                                             ? "an exception of type int (throw something derived from std::exception "
                                               "to say more)"
                                             : plot_.message + " on rank " + std::to_string(e.rank());
            found_.expect(e.message() == expected,
                          "the error says '" + e.message() + "' instead of '" + expected + "'");
        }
    }

    void judge_report() {
        found_.expect(!error_, error_ ? std::string("execute failed though no fake did: ") + error_->what() : "");
        if (!report_) {
            return;
        }
        found_.expect(report_->items == computed_items_, "the report counts " + std::to_string(report_->items) +
                                                             " items instead of " + std::to_string(computed_items_));
        judge_failed(*report_);
        found_.expect(report_->stopped == (missing_ != 0), "the report is wrong about whether the run was stopped");
        found_.expect(report_->exit_code() == (missing_ != 0 ? 75 : 0), "the report has a wrong exit code");
        found_.expect(report_->ranks == ranks_.size(), "the report has a wrong number of ranks");
        const std::string mine = to_json(*report_);
        for (const std::string& other : ranks_.all_gather(mine)) {
            found_.expect(other == mine, "ranks got different reports: " + mine + " and " + other);
        }
    }

    void judge_failed(const report& told) {
        found_.expect(told.failed.count == thrown_ && (thrown_ == 0 || told.failed.items.front() == lowest_),
                      "the report counts " + std::to_string(told.failed.count) + " failed items instead of " +
                          std::to_string(thrown_) + ", or other ones");
        for (const head& one : heads_) {
            found_.expect(one.told_of_failed == (thrown_ == 0 ? 0U : 1U) && one.failed_told == thrown_,
                          "a session was told " + std::to_string(one.told_of_failed) + " times of " +
                              std::to_string(one.failed_told) + " failed items, but there are " +
                              std::to_string(thrown_));
        }
    }

    void none(std::size_t items, const char* did) {
        found_.expect(items == 0, std::to_string(items) + (items == 1 ? " item was of those that " : " items ") + did);
    }
    [[nodiscard]] bool asked_to_stop() const {
        return plot_.stop_at != no_item || plot_.full_writer || plot_.stops_in != step::nothing;
    }
    [[nodiscard]] static std::string item_text(std::size_t item) {
        return item == no_item ? "no item" : "item " + std::to_string(item);
    }
    [[nodiscard]] stage expected_stage() const {
        switch (plot_.fails) {
        case step::read:
            return stage::read;
        case step::at:
        case step::compute:
            return stage::compute;
        case step::open_writer:
            return stage::open;
        case step::write:
        case step::finish:
            return stage::write;
        case step::close:
            return stage::close;
        default:
            return stage::plan;
        }
    }

    script plot_;
    findings& found_;
    decltype(std::declval<const Executor&>().make_team()) ranks_;
    std::size_t width_;
    ledger notes_;
    std::optional<report> report_;
    std::optional<execution_error> error_;
    std::vector<head> heads_;
    std::vector<unsigned> computed_, failed_, written_;
    std::size_t thrown_ = 0, lowest_ = no_item, computed_items_ = 0, missing_ = 0;
};

} // namespace distproc::conformance
