// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: a writer that is no part of the library. Each rank appends its results to a file of its own, and to an index
// what they are of; a run that was stopped is gone on with by the next one. (A process that dies while it writes can
// leave half a record: a writer for serious use would check for that.)
#pragma once

#include <distproc/distproc.hpp>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Writes FOLDER/RANK.results (packed records) and FOLDER/RANK.items (first item and number of items of each piece).
struct raw_file_writer {
    static constexpr std::string_view name = "raw files";

    std::filesystem::path folder;

    struct piece {
        std::size_t first, count;
    };

    class session {
    public:
        static constexpr bool concurrent = false; // streams are for one thread at a time

        session(const raw_file_writer& to, const distproc::plan& what, std::size_t rank)
            : folder_(to.folder.string()), layout_(what.result) {
            std::filesystem::create_directories(to.folder);
            for (const piece& one : to.pieces()) {
                done_.insert({one.first, one.first + one.count});
            }
            // Only whole granules count as done; here a granule is an item, or a cell of them.
            if (what.grid.length() != 1) {
                distproc::index_set whole;
                for (std::size_t g = 0; g < what.grid.count(); ++g) {
                    bool all = true;
                    what.grid.for_each_run({g, g + 1}, [&](distproc::index_range run) {
                        for (std::size_t item = run.first; item < run.last; ++item) {
                            all = all && done_.contains(item);
                        }
                    });
                    if (all) {
                        whole.insert({g, g + 1});
                    }
                }
                done_ = whole;
            }
            if (!what.dry_run) {
                const auto how = std::ios::binary | std::ios::app;
                results_.open(to.folder / (std::to_string(rank) + ".results"), how);
                items_.open(to.folder / (std::to_string(rank) + ".items"), how);
                if (!results_ || !items_) {
                    throw distproc::error("cannot write to '" + folder_ + "'; choose a folder that can be written to");
                }
            }
        }

        [[nodiscard]] const distproc::index_set& done() const { return done_; }

        template <class Result>
        void write(std::size_t first, std::span<const Result> results) {
            const piece one{first, results.size() / layout_.per_item};
            packed_.resize(one.count * layout_.packed_bytes);
            layout_.pack(std::as_bytes(results).data(), one.count, packed_.data());
            results_.write(reinterpret_cast<const char*>(packed_.data()), std::ssize(packed_));
            items_.write(reinterpret_cast<const char*>(&one), sizeof one);
            written_ += packed_.size() + sizeof one;
        }
        void finish() {
            results_.flush();
            items_.flush();
            if (!results_ || !items_) {
                throw distproc::error("writing to '" + folder_ + "' failed; is the disk full?");
            }
        }
        void close(distproc::outcome) {
            results_.close();
            items_.close();
        }
        [[nodiscard]] distproc::traffic moved() const { return {.written = written_}; }
        [[nodiscard]] std::string description() const { return folder_ + ", two files for each rank"; }

    private:
        std::string folder_;
        distproc::result_layout layout_;
        distproc::index_set done_;
        std::ofstream results_, items_;
        std::vector<std::byte> packed_;
        std::size_t written_ = 0;
    };

    /// Every rank reads what all ranks wrote before, on a file system that they share.
    template <class Result, class Team>
    session open(const distproc::plan& what, const Team& ranks) const {
        session mine(*this, what, ranks.rank());
        ranks.meet([] {}); // nobody writes before all have read
        return mine;
    }

    /// What all ranks have written.
    [[nodiscard]] std::vector<piece> pieces() const {
        std::vector<piece> all;
        for_each_file([&](const std::filesystem::path& items, const std::filesystem::path&) {
            std::ifstream in(items, std::ios::binary);
            for (piece one{}; in.read(reinterpret_cast<char*>(&one), sizeof one);) {
                all.push_back(one);
            }
        });
        return all;
    }

    /// The results of all items, by one rank; of arrays all elements.
    template <class Result>
    [[nodiscard]] std::vector<Result> read() const {
        const auto layout = distproc::describe<Result>();
        std::vector<Result> all;
        for_each_file([&](const std::filesystem::path& items, const std::filesystem::path& results) {
            std::ifstream in(items, std::ios::binary);
            std::ifstream records(results, std::ios::binary);
            std::vector<char> record(layout.packed_bytes);
            const std::size_t per_item = values_per_item(items, results, layout.packed_bytes);
            for (piece one{}; in.read(reinterpret_cast<char*>(&one), sizeof one);) {
                one.first *= per_item;
                one.count *= per_item;
                for (std::size_t k = 0; k < one.count && records.read(record.data(), std::ssize(record)); ++k) {
                    all.resize(std::max(all.size(), one.first + k + 1));
                    auto* object = reinterpret_cast<char*>(&all[one.first + k]);
                    for (const auto& member : layout.members) {
                        std::memcpy(object + member.offset, record.data() + member.packed_offset, member.bytes);
                    }
                }
            }
        });
        return all;
    }

private:
    static std::size_t values_per_item(const std::filesystem::path& items, const std::filesystem::path& results,
                                       std::size_t value_bytes) {
        std::ifstream in(items, std::ios::binary);
        std::size_t count = 0;
        for (piece one{}; in.read(reinterpret_cast<char*>(&one), sizeof one);) {
            count += one.count;
        }
        return count == 0 ? 1 : std::filesystem::file_size(results) / (count * value_bytes);
    }

    template <class Use>
    void for_each_file(Use&& use) const {
        for (std::size_t rank = 0;; ++rank) { // also of a run on more ranks than this one
            const auto items = folder / (std::to_string(rank) + ".items");
            if (!std::filesystem::exists(items)) {
                return;
            }
            use(items, folder / (std::to_string(rank) + ".results"));
        }
    }
};
