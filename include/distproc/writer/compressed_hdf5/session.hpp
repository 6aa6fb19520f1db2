// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/compressed_hdf5/fold.hpp>
#include <distproc/writer/compressed_hdf5/output.hpp>
#include <distproc/writer/compressed_hdf5/part.hpp>
#include <distproc/writer/hdf5/temporary.hpp>
#include <distproc/writer/spool.hpp>

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc {

/// `compressed_hdf5_writer` at work.
template <class Result, team Team>
class compressed_hdf5_session {
public:
    static constexpr bool concurrent = true;
    static constexpr bool takes_pieces = true;

    /// Collective. Throws `error` on all ranks, with the same text.
    compressed_hdf5_session(Team ranks, detail::hdf5_target target, const plan& what, detail::chunked_wishes wishes)
        : ranks_(std::move(ranks)), target_(std::move(target)), plan_(what), wishes_(std::move(wishes)) {
        std::string problem;
        attempt(problem, [&] {
            check(wishes_.compression);
            detail::hdf5_filters::check_available(wishes_.compression);
            layout_ = detail::layout_of_chunks(target_, plan_, wishes_.chunk);
            encoder_ = std::make_unique<detail::hdf5_encoder>(detail::hdf5_filters(wishes_.compression, layout_),
                                                              plan_.result, layout_.columns(plan_.result));
        });
        throw_first(ranks_, problem); // before anything is made, or an old output goes
        const std::string token = ranks_.broadcast(target_.file + ".new-" + std::to_string(::getpid()), 0);
        if (ranks_.rank() == 0) {
            attempt(problem, [&] { create(token); });
        }
        throw_first(ranks_, problem);
        if (!plan_.dry_run) {
            attempt(problem, [&] { open_store(token); });
            throw_first(ranks_, problem);
        }
        describe(0, 0);
    }

    /// Chunks of an earlier run are not taken over: nothing is done.
    [[nodiscard]] static index_set done() { return {}; }

    void write(std::size_t first, std::span<const Result> results) {
        encoder_->put(first, std::as_bytes(results), results.size() / plan_.result.per_item,
                      [this](std::span<const std::byte> record) { write_record(record); });
    }
    void write_record(std::span<const std::byte> record) {
        if (part_) {
            part_->append(record);
        } else {
            spool_->append(record);
        }
        *written_ += record.size() - sizeof(detail::chunk_head);
        *partial_ += detail::split_record(record).first.partial;
    }
    void failed(const failed_items& items) { failed_ = items; }
    /// Compresses the chunks of which only a part has come: of a run that was stopped.
    void finish() {
        if (!plan_.dry_run) {
            encoder_->flush([this](std::span<const std::byte> record) { write_record(record); });
        }
    }

    /// Collective. Joins what the writing ranks have, makes it durable and gives the output its name. Throws `error` on
    /// all ranks, with the same text, and then leaves what the ranks have compressed beside the output; after a failed
    /// run it saves what it can and throws nothing.
    void close(outcome how) {
        if (plan_.dry_run) {
            return;
        }
        const collected all = collect();
        std::string problem;
        if (ranks_.rank() == 0) {
            attempt(problem, [&] { join(all, all.problem.empty() ? how : outcome::failed); });
            problem = all.problem.empty() ? problem : all.problem;
        }
        problem = ranks_.broadcast(std::move(problem), 0);
        temporary_ = {}; // of an output that could not be made
        if (!problem.empty() && how != outcome::failed) {
            if (spool_) {
                spool_->keep();
                problem += "; what was compressed is left in '" + spool_path(0) + "'" +
                           (ranks_.size() == 1 ? "" : " to '" + spool_path(ranks_.size() - 1) + "'");
            }
            throw error(problem);
        }
        spool_.reset();
        describe(all.bytes, all.parts.size());
    }

    [[nodiscard]] traffic moved() const noexcept { return {*written_, 0, 0}; }
    [[nodiscard]] std::string description() const { return description_; }

private:
    /// By rank 0: the output without any chunk yet, under a temporary name, which shows that it can be made.
    void create(const std::string& name) {
        detail::check_new_output(target_, plan_);
        const bool in_parts = wishes_.files == hdf5_files::per_writer;
        const auto old = in_parts ? detail::old_parts(target_) : std::vector<std::filesystem::path>();
        temporary_ = detail::temporary_hdf5(name);
        if (!in_parts) {
            detail::create_chunked(target_, plan_, layout_, {wishes_.compression, layout_}, name);
        } else {
            detail::create_virtual(target_, plan_, layout_, {}, name);
            if (!plan_.dry_run) {
                detail::prepare_parts(target_, old);
            }
        }
        if (plan_.dry_run) {
            temporary_ = {};
        }
    }

    void open_store(const std::string& token) {
        if (wishes_.files == hdf5_files::per_writer) {
            part_ = std::make_unique<detail::hdf5_part>(part_path(ranks_.rank()), layout_, plan_,
                                                        detail::hdf5_filters(wishes_.compression, layout_));
        } else {
            token_ = token;
            spool_ = std::make_unique<detail::spool>(spool_path(ranks_.rank()));
        }
    }

    [[nodiscard]] std::string part_path(std::size_t rank) const {
        return detail::parts_folder(target_.file) + "/" + std::to_string(rank) + ".h5";
    }
    [[nodiscard]] std::string spool_path(std::size_t rank) const { return token_ + ".spool-" + std::to_string(rank); }

    /// What all ranks have written.
    struct collected {
        std::string problem;     ///< of the first rank that has one
        std::size_t partial = 0; ///< chunks that lack items
        std::size_t bytes = 0;   ///< of all encoded chunks
        std::vector<detail::spool_of_output> spools;
        std::vector<detail::part_of_output> parts; ///< that could be made
    };

    /// Collective, when all have written: the parts under their names, or the spools closed, and what is in them.
    collected collect() {
        std::string problem;
        attempt(problem, [&] { part_ ? part_->publish() : spool_->close(); });
        std::string mine;
        save_bytes(mine, problem);
        save_bytes(mine, static_cast<std::size_t>(*written_));
        save_bytes(mine, static_cast<std::size_t>(*partial_));
        save_bytes(mine, spool_ ? spool_->bytes() : std::uint64_t{0});
        save_bytes(mine, part_ ? part_->granules() : std::vector<std::size_t>());
        collected all;
        const std::string folder = detail::parts_folder(target_.file);
        std::size_t rank = 0;
        for (const std::string& one : ranks_.all_gather(mine)) {
            std::string_view rest = one;
            const auto theirs = load_bytes<std::string>(rest);
            all.problem = all.problem.empty() ? theirs : all.problem;
            all.bytes += load_bytes<std::size_t>(rest);
            all.partial += load_bytes<std::size_t>(rest);
            all.spools.push_back({spool_path(rank), load_bytes<std::uint64_t>(rest)});
            detail::part_of_output part{folder.substr(folder.find_last_of('/') + 1) + "/" + std::to_string(rank++) +
                                            ".h5",
                                        load_bytes<std::vector<std::size_t>>(rest)};
            if (theirs.empty() && !part.granules.empty()) {
                all.parts.push_back(std::move(part));
            }
        }
        return all;
    }

    /// By rank 0.
    void join(const collected& all, outcome how) {
        std::size_t granules = 0;
        for (const detail::part_of_output& part : all.parts) {
            granules += part.granules.size();
        }
        const bool in_parts = wishes_.files == hdf5_files::per_writer;
        if (how == outcome::complete && (all.partial != 0 || (in_parts && granules != plan_.grid.count()))) {
            throw error("'" + target_.file +
                        "' lacks items although the run is complete; the executor did not deliver all results");
        }
        if (in_parts) {
            ::unlink(temporary_.path().c_str());
            detail::create_virtual(target_, plan_, layout_, all.parts, temporary_.path());
            if (all.parts.empty()) {
                ::rmdir(detail::parts_folder(target_.file).c_str());
            }
        } else {
            detail::fold_spools(temporary_.path(), layout_, all.spools, how == outcome::complete);
        }
        if (how == outcome::complete) {
            detail::mark_complete(temporary_.path(), target_.path, failed_);
        }
        temporary_.publish_as(target_);
    }

    void describe(std::size_t bytes, std::size_t parts) {
        const std::size_t datasets = layout_.datasets.size();
        description_ = target_.file + ":" + target_.path + ", " +
                       (datasets == 1 ? "1 dataset" : std::to_string(datasets) + " datasets") + " of " +
                       to_string(plan_.grid.items()) + (layout_.record ? " records" : "") + ", " +
                       detail::bytes_text(plan_.grid.item_count() * plan_.result.packed_bytes);
        description_ += ", compression " + to_string(wishes_.compression);
        if (plan_.dry_run) {
            description_ += ", created and removed again (dry run)";
        } else if (bytes != 0) {
            description_ += " to " + detail::bytes_text(bytes);
        }
        if (parts != 0) {
            description_ += ", in " + std::to_string(parts) + (parts == 1 ? " file" : " files");
        }
    }

    Team ranks_;
    detail::hdf5_target target_;
    plan plan_;
    detail::chunked_wishes wishes_;
    detail::chunked_layout layout_;
    std::unique_ptr<detail::hdf5_encoder> encoder_;
    failed_items failed_;
    detail::temporary_hdf5 temporary_; ///< on rank 0
    std::string token_;
    std::unique_ptr<detail::spool> spool_; ///< one of these two
    std::unique_ptr<detail::hdf5_part> part_;
    std::unique_ptr<std::atomic<std::size_t>> written_ = std::make_unique<std::atomic<std::size_t>>(0);
    std::unique_ptr<std::atomic<std::size_t>> partial_ = std::make_unique<std::atomic<std::size_t>>(0);
    std::string description_;
};

} // namespace distproc
