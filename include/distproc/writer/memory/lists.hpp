// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/list/records.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::detail {

/// `memory_writer` at work where the compute returns a `std::vector<E>`: on one rank workers copy their lists straight
/// into the container; on several each rank keeps records of its lists, which travel in messages of about 4 MiB at the
/// end.
template <class Container, element E, team Team>
class memory_list_session {
public:
    static constexpr bool concurrent = true;

    /// `everywhere`: every rank's container is filled, not only that of rank 0.
    memory_list_session(Container& results, bool everywhere, const plan& what, Team ranks)
        : ranks_(std::move(ranks)), everywhere_(everywhere), count_(what.grid.item_count()), dry_(what.dry_run) {
        if (dry_ || (ranks_.rank() != 0 && !everywhere_)) {
            return;
        }
        if constexpr (requires { results.resize(count_); }) {
            results.resize(count_);
        } else if (std::ranges::size(results) != count_) {
            throw error("memory_writer: the container holds " + std::to_string(std::ranges::size(results)) +
                        " lists and the run has " + std::to_string(count_) +
                        " items; give one of that length, or a std::vector");
        }
        lists_ = {std::ranges::data(results), count_};
        for (auto& list : lists_) {
            list.clear();
        }
    }

    [[nodiscard]] static index_set done() { return {}; }

    void write(std::size_t first, std::span<const list_view<E>> results) {
        if (!travels()) {
            for (const list_view<E>& list : results) {
                lists_[first++].assign(list.values().begin(), list.values().end());
            }
        } else {
            encoder_->put(first, std::as_bytes(results), results.size(), keep());
        }
    }
    void write_record(std::span<const std::byte> record) {
        if (travels()) {
            keep()(record);
        } else {
            take(record);
        }
    }
    void finish() { encoder_->flush(keep()); }

    /// Collective. Throws the same `error` on all ranks where one has no memory for the lists. Where a rank cannot take
    /// a message, or cannot send its last, the program ends.
    void close(outcome how) {
        if (ranks_.size() == 1 || how == outcome::failed || dry_) {
            return;
        }
        std::string problem;
        if (everywhere_) {
            spread(problem);
        } else if (ranks_.rank() == 0) {
            collect(problem);
        } else {
            deliver();
        }
        throw_first(ranks_, problem);
    }

    [[nodiscard]] traffic moved() const noexcept { return moved_; }
    [[nodiscard]] std::string description() const {
        return "memory: " + std::to_string(count_) + " lists on " + (everywhere_ ? "every rank" : "rank 0");
    }

private:
    static constexpr std::size_t message_bytes = std::size_t{4} << 20U;

    /// Whether the lists of this rank must reach others.
    [[nodiscard]] bool travels() const noexcept { return ranks_.size() > 1 && (everywhere_ || ranks_.rank() != 0); }

    /// What keeps a record for the end.
    [[nodiscard]] auto keep() {
        return [this](std::span<const std::byte> record) {
            const std::scoped_lock lock(*mutex_);
            if (messages_.empty() || messages_.back().size() + record.size() > message_bytes) {
                messages_.emplace_back();
            }
            messages_.back().append(reinterpret_cast<const char*>(record.data()), record.size());
        };
    }

    /// Copies the lists of a record to their places.
    void take(std::span<const std::byte> record) {
        for_each_list(record, sizeof(E), [&](std::size_t item, std::size_t at, std::span<const std::byte> values) {
            auto& list = lists_[item];
            const std::size_t length = values.size() / sizeof(E);
            if (length != 0) { // parts of a long list come in their order
                list.resize(std::max(list.size(), at + length));
                std::memcpy(static_cast<void*>(list.data() + at), values.data(), values.size());
            }
        });
    }
    /// All records of a message. What goes wrong is noted, so that the ranks stay together.
    void take_message(std::span<const std::byte> message, std::string& problem) noexcept {
        try {
            while (problem.empty() && !message.empty()) {
                list_head head;
                std::memcpy(&head, message.data(), sizeof head);
                const std::size_t bytes = sizeof head + static_cast<std::size_t>(head.bytes);
                take(message.first(bytes));
                message = message.subspan(bytes);
            }
        } catch (...) {
            problem = "memory_writer: " + current_exception_text();
        }
    }

    // The last message of a rank has one byte. A rank that cannot say that it has sent all would leave rank 0 waiting.
    void deliver() noexcept {
        messages_.emplace_back(1, '.');
        for (std::string& message : messages_) {
            (void)ranks_.send(0, std::as_bytes(std::span(message)), [] { return false; });
            moved_.between_ranks += message.size();
            std::string().swap(message);
        }
    }

    // Others wait until their messages are taken: where that fails, the program ends here.
    void collect(std::string& problem) noexcept {
        std::vector<std::byte> message;
        for (std::size_t still_sending = ranks_.size() - 1; still_sending != 0;) {
            if (!ranks_.receive(message)) {
                std::this_thread::sleep_for(std::chrono::microseconds(50));
            } else if (message.size() == 1) {
                --still_sending;
            } else {
                take_message(message, problem);
            }
        }
    }

    /// Each rank in turn to all.
    void spread(std::string& problem) noexcept {
        for (std::size_t root = 0; root < ranks_.size(); ++root) {
            std::string text;
            save_bytes(text, messages_.size());
            text = ranks_.broadcast(std::move(text), root);
            std::string_view rest = text;
            const auto count = load_bytes<std::size_t>(rest);
            for (std::size_t k = 0; k < count; ++k) {
                const bool mine = ranks_.rank() == root;
                const std::string message = ranks_.broadcast(mine ? std::move(messages_[k]) : std::string(), root);
                take_message(std::as_bytes(std::span(message)), problem);
                moved_.between_ranks += mine ? message.size() * (ranks_.size() - 1) : 0;
            }
        }
    }

    Team ranks_;
    bool everywhere_;
    std::size_t count_;
    bool dry_;
    std::span<std::ranges::range_value_t<Container>> lists_; ///< where this rank is to have them
    std::unique_ptr<list_encoder<E>> encoder_ = std::make_unique<list_encoder<E>>();
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>(); // sessions move
    std::vector<std::string> messages_;
    traffic moved_;
};

} // namespace distproc::detail
