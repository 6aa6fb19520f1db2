// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/crc32c.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/posix_file.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// What stands before the bytes of a record of a journal. Records are numbered from 0 within a file, so that one that
/// was moved, doubled or left out is found; the identity of the work goes into their sums, so that one of another
/// output is.
struct journal_head {
    static constexpr std::uint32_t magic = 0x314A5044; // "DPJ1"; another one for each version of the format

    std::uint32_t mark = magic;
    std::uint32_t kind = 0;
    std::uint64_t bytes = 0;
    std::uint64_t number = 0;
    std::uint32_t sum_of_bytes = 0;
    std::uint32_t sum = 0; ///< of all before it

    [[nodiscard]] std::uint32_t right_sum(std::uint64_t identity) const noexcept {
        return crc32c(std::as_bytes(std::span(this, 1)).first(sizeof(journal_head) - sizeof sum),
                      crc32c(std::as_bytes(std::span(&identity, 1))));
    }
};
static_assert(sizeof(journal_head) == 32);

enum class journal_kind : std::uint32_t {
    begin = 1, ///< of the file, no bytes
    done = 2   ///< ranges of items whose results are durable in the output: pairs of 8 bytes
};

/// The part of a journal that one rank writes in one run: what it has made durable. Records are collected and go to the
/// disk with `commit`, in one append. One thread at a time. Calls throw `error` that names the file; what was committed
/// before stays.
class journal_log {
public:
    /// A new file; its folder exists.
    journal_log(std::string file, std::uint64_t identity)
        : to_(posix_file::create(std::move(file))), identity_(identity) {
        append(journal_kind::begin, {});
    }

    void note_done(const index_set& items) {
        std::vector<std::uint64_t> ends;
        for (const index_range& range : items.ranges()) {
            ends.push_back(range.first);
            ends.push_back(range.last);
        }
        if (!ends.empty()) {
            append(journal_kind::done, std::as_bytes(std::span(ends)));
        }
    }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

    /// Makes what was noted durable. After an error the file ends where it ended before, as well as that can be done.
    void commit() {
        if (waiting_.empty()) {
            return;
        }
        try {
            to_.write(end_, waiting_);
            to_.sync();
        } catch (...) {
            to_.cut(end_);
            throw;
        }
        end_ += waiting_.size();
        waiting_.clear();
    }

private:
    void append(journal_kind kind, std::span<const std::byte> bytes) {
        journal_head head;
        head.kind = static_cast<std::uint32_t>(kind);
        head.bytes = bytes.size();
        head.number = number_++;
        head.sum_of_bytes = crc32c(bytes);
        head.sum = head.right_sum(identity_);
        for (const auto part : {std::as_bytes(std::span(&head, 1)), bytes}) {
            waiting_.insert(waiting_.end(), part.begin(), part.end());
        }
    }

    posix_file to_;
    std::uint64_t identity_;
    std::uint64_t end_ = 0;
    std::uint64_t number_ = 0;
    std::vector<std::byte> waiting_;
};

/// Adds the ranges of items that a log says are durable to `done`. Records count up to the first that is not whole and
/// right: what comes behind it was not committed, or is damaged. `items`: how many the output has; a record that names
/// others is not right. Returns how many bytes counted; none where the log is of other work, of another version, or no
/// log.
inline std::size_t read_log(std::span<const std::byte> log, std::uint64_t identity, std::size_t items,
                            std::vector<index_range>& done) {
    std::size_t at = 0;
    for (std::uint64_t number = 0; log.size() - at >= sizeof(journal_head); ++number) {
        journal_head head;
        std::memcpy(&head, log.data() + at, sizeof head);
        const std::size_t rest = log.size() - at - sizeof head;
        const std::uint32_t kind = static_cast<std::uint32_t>(number == 0 ? journal_kind::begin : journal_kind::done);
        if (head.mark != journal_head::magic || head.sum != head.right_sum(identity) || head.number != number ||
            head.kind != kind || head.bytes > rest) {
            break;
        }
        const auto bytes = log.subspan(at + sizeof head, static_cast<std::size_t>(head.bytes));
        const std::size_t before = done.size();
        bool right = crc32c(bytes) == head.sum_of_bytes && bytes.size() % 16 == 0 && (number != 0 || bytes.empty());
        for (std::size_t k = 0; right && k < bytes.size(); k += 16) {
            std::uint64_t ends[2];
            std::memcpy(ends, bytes.data() + k, sizeof ends);
            right = ends[0] < ends[1] && ends[1] <= items;
            done.push_back({static_cast<std::size_t>(ends[0]), static_cast<std::size_t>(ends[1])});
        }
        if (!right) {
            done.resize(before);
            break;
        }
        at += sizeof head + bytes.size();
    }
    return at;
}

} // namespace distproc::detail
