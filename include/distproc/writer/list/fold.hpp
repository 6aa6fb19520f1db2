// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/failed_items.hpp>
#include <distproc/core/posix_file.hpp>
#include <distproc/writer/list/records.hpp>
#include <distproc/writer/spool.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// How a run of lists ended.
struct list_end {
    bool complete = false;
    failed_items failed; ///< they have empty lists
};

/// The lists of all items, as they lie in spools: where each begins in the output, and their values in the order of the
/// items. Memory: 8 bytes for each item, 40 for each record, and a piece of 4 MiB.
class list_fold {
public:
    list_fold(std::vector<spool_of_output> spools, std::size_t items, std::size_t value_bytes)
        : value_bytes_(value_bytes), offsets_(items + 1, 0), spools_(std::move(spools)), from_(spools_) {
        for (std::size_t k = 0; k < spools_.size(); ++k) {
            if (spools_[k].bytes != 0) {
                for_each_spooled<list_head>(from_[k], spools_[k].bytes,
                                            [&](const list_head& head, std::uint64_t at) { take(k, head, at); });
            }
        }
        std::sort(records_.begin(), records_.end(),
                  [](const place& a, const place& b) { return std::pair(a.first, a.at) < std::pair(b.first, b.at); });
        drop_torn_lists();
        for (std::size_t i = 0; i < items; ++i) {
            offsets_[i + 1] += offsets_[i];
        }
    }

    list_fold(const list_fold&) = delete;
    list_fold& operator=(const list_fold&) = delete;

    /// Items + 1: item i has values [offsets[i], offsets[i + 1]).
    [[nodiscard]] std::span<const std::uint64_t> offsets() const noexcept { return offsets_; }
    [[nodiscard]] std::size_t items() const noexcept { return offsets_.size() - 1; }
    /// Items whose list is there, be it empty.
    [[nodiscard]] std::size_t found() const noexcept { return found_; }
    /// Values in all.
    [[nodiscard]] std::size_t values() const noexcept { return static_cast<std::size_t>(offsets_.back()); }

    /// Reads the values piece by piece.
    class reader {
    public:
        static constexpr std::size_t piece_bytes = std::size_t{4} << 20U;

        explicit reader(list_fold& all) : all_(all) {}

        /// The values that follow, in `to`, about 4 MiB; none: that was all. `first` is set to the first one's number.
        [[nodiscard]] std::span<const std::byte> next(aligned_buffer& to, std::size_t& first) {
            to.grow(piece_bytes);
            first = done_;
            std::size_t held = 0;
            for (; at_ != all_.records_.size() && held + all_.records_[at_].bytes <= piece_bytes; ++at_) {
                const place& one = all_.records_[at_];
                all_.from_[one.spool].read(one.where, {to.data() + held, one.bytes});
                held += one.bytes;
            }
            done_ += held / all_.value_bytes_;
            return {to.data(), held};
        }

    private:
        list_fold& all_;
        std::size_t at_ = 0;   ///< record
        std::size_t done_ = 0; ///< values
    };

    /// Calls `use(first, bytes)` for all values, one piece behind the other.
    template <class Use>
    void for_each_piece(Use&& use) {
        reader from(*this);
        aligned_buffer piece;
        std::size_t first = 0;
        for (auto values = from.next(piece, first); !values.empty(); values = from.next(piece, first)) {
            use(first, values);
        }
    }

private:
    /// The values of a record.
    struct place {
        std::uint64_t first;
        std::uint64_t at;
        std::uint64_t where; ///< in the spool
        std::uint32_t bytes; ///< at most a record's
        std::uint32_t spool;
        std::uint32_t lists; ///< in it; one for each part of a list
        bool more;
    };

    /// Of a run that failed: lists of which not all parts have come count as not there.
    void drop_torn_lists() {
        for (auto one = records_.begin(); one != records_.end();) {
            const auto end = std::find_if(one, records_.end(), [&](const place& p) { return p.first != one->first; });
            std::uint64_t at = 0;
            bool whole = !std::prev(end)->more;
            std::for_each(one, end, [&](const place& part) {
                whole = whole && part.at == at;
                at += part.bytes / value_bytes_;
            });
            if (whole) {
                found_ += one->lists;
            } else {
                offsets_[static_cast<std::size_t>(one->first) + 1] = 0;
                std::for_each(one, end, [](place& part) { part.lists = 0; });
            }
            one = end;
        }
        std::erase_if(records_, [](const place& part) { return part.lists == 0; });
    }

    void take(std::size_t spool, const list_head& head, std::uint64_t at) {
        lengths_.resize(head.count);
        from_[spool].read(at + head.value_bytes(), std::as_writable_bytes(std::span(lengths_)));
        for (std::size_t k = 0; k < lengths_.size(); ++k) {
            offsets_[static_cast<std::size_t>(head.first) + k + 1] += lengths_[k];
        }
        records_.push_back({head.first, head.at, at, static_cast<std::uint32_t>(head.value_bytes()),
                            static_cast<std::uint32_t>(spool), head.count, head.more != 0});
    }

    std::size_t value_bytes_;
    std::vector<std::uint64_t> offsets_;
    std::vector<place> records_;
    std::vector<spool_of_output> spools_;
    spool_files from_;
    std::vector<std::uint32_t> lengths_; ///< of the record at hand
    std::size_t found_ = 0;
};

} // namespace distproc::detail
