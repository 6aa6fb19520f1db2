// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/list_view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace distproc::detail {

/// What stands in front of a record: the lists of `count` consecutive items. Their values follow, one list behind the
/// other, then the lengths, 4 bytes each. A list longer than a record has several of its own, one part in each.
struct list_head {
    std::uint64_t first = 0; ///< item
    std::uint64_t at = 0;    ///< values of the list that earlier records have
    std::uint64_t bytes = 0; ///< that follow: values and lengths
    std::uint32_t count = 0;
    std::uint32_t more = 0; ///< 1: the list goes on in another record

    [[nodiscard]] std::size_t value_bytes() const noexcept {
        return static_cast<std::size_t>(bytes) - count * sizeof(std::uint32_t);
    }
};

/// A record that grows list by list.
class list_record {
public:
    static constexpr std::size_t most_bytes = std::size_t{128} << 10U;

    explicit list_record(std::size_t value_bytes) : value_bytes_(value_bytes) { bytes_.grow(most_bytes); }

    /// Calls `emit(record)` first where this is not the list of the next item, or does not fit.
    template <class Emit>
    void add(std::size_t item, std::span<const std::byte> values, Emit& emit) {
        if (!lengths_.empty() && (item != head_.first + lengths_.size() || !fits(values.size()))) {
            end(emit);
        }
        if (lengths_.empty()) {
            head_.first = item;
            head_.at = 0;
        }
        if (fits(values.size())) {
            append(values);
            return;
        }
        const std::size_t most = (most_bytes - sizeof head_ - sizeof(std::uint32_t)) / value_bytes_ * value_bytes_;
        while (!values.empty()) {
            const std::size_t part = std::min(most, values.size());
            append(values.first(part));
            values = values.subspan(part);
            head_.more = values.empty() ? 0 : 1;
            end(emit);
            head_.at += part / value_bytes_;
        }
        head_.more = 0;
    }

    template <class Emit>
    void end(Emit& emit) {
        if (lengths_.empty()) {
            return;
        }
        const std::size_t length_bytes = lengths_.size() * sizeof(std::uint32_t);
        std::memcpy(bytes_.data() + end_, lengths_.data(), length_bytes);
        head_.count = static_cast<std::uint32_t>(lengths_.size());
        head_.bytes = end_ - sizeof head_ + length_bytes;
        std::memcpy(bytes_.data(), &head_, sizeof head_);
        const std::span<const std::byte> record(bytes_.data(), end_ + length_bytes);
        lengths_.clear();
        end_ = sizeof head_;
        emit(record);
    }

private:
    /// Whether there is room for one more list.
    [[nodiscard]] bool fits(std::size_t list_bytes) const noexcept {
        return end_ + (lengths_.size() + 1) * sizeof(std::uint32_t) + list_bytes <= most_bytes;
    }
    void append(std::span<const std::byte> values) {
        if (!values.empty()) {
            std::memcpy(bytes_.data() + end_, values.data(), values.size());
        }
        end_ += values.size();
        lengths_.push_back(static_cast<std::uint32_t>(values.size() / value_bytes_));
    }

    std::size_t value_bytes_;
    list_head head_;
    aligned_buffer bytes_;
    std::size_t end_ = sizeof(list_head);
    std::vector<std::uint32_t> lengths_;
};

/// Makes records of lists, each thread its own; see `writer`. Small neighbours go into one record.
template <element E>
class list_encoder {
public:
    [[nodiscard]] static constexpr std::size_t most_bytes() noexcept { return list_record::most_bytes; }

    /// Takes the lists of some items; for any number of threads. `objects` are the bytes of `list_view`s.
    template <class Emit>
    void put(std::size_t first, std::span<const std::byte> objects, std::size_t count, Emit&& emit) {
        const auto* const lists = reinterpret_cast<const list_view<E>*>(objects.data());
        list_record& mine = record_of_thread();
        for (std::size_t k = 0; k < count; ++k) {
            mine.add(first + k, std::as_bytes(lists[k].values()), emit);
        }
    }

    /// What is not yet emitted; after the last `put`, by one thread.
    template <class Emit>
    void flush(Emit&& emit) {
        for (auto& [thread, record] : records_) {
            record.end(emit);
        }
    }

    /// That have put something.
    [[nodiscard]] std::size_t threads() const noexcept { return records_.size(); }

private:
    [[nodiscard]] list_record& record_of_thread() {
        const std::scoped_lock lock(*mutex_);
        return records_.try_emplace(std::this_thread::get_id(), sizeof(E)).first->second;
    }

    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>(); // sessions move
    std::map<std::thread::id, list_record> records_;
};

/// Calls `use(item, at, bytes of values)` for each list, or part of one, of a record.
template <class Use>
void for_each_list(std::span<const std::byte> record, std::size_t value_bytes, Use&& use) {
    list_head head;
    std::memcpy(&head, record.data(), sizeof head);
    std::span<const std::byte> values = record.subspan(sizeof head, head.value_bytes());
    const std::byte* lengths = values.data() + values.size();
    std::size_t at = static_cast<std::size_t>(head.at);
    for (std::uint32_t k = 0; k < head.count; ++k) {
        std::uint32_t length = 0;
        std::memcpy(&length, lengths + k * sizeof length, sizeof length);
        use(static_cast<std::size_t>(head.first) + k, at, values.first(length * value_bytes));
        values = values.subspan(length * value_bytes);
        at = 0;
    }
}

} // namespace distproc::detail
