// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/gather_member.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/h5/boxes.hpp>
#include <distproc/h5/check.hpp>
#include <distproc/h5/discard.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/h5/types.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/early_sync.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// An output file that one rank has open: its datasets, and how runs of results get into them. No call communicates,
/// except that opening and closing the file is collective where the file access is MPI-IO.
class hdf5_output {
public:
    hdf5_output() = default;
    /// `shared`: several ranks have the file open through MPI-IO; `file` is then closed by `close` alone.
    hdf5_output(hdf5_target target, const plan& what, h5::file file, bool shared)
        : target_(std::move(target)), items_(what.grid.items()), result_(what.result), file_(std::move(file)),
          shared_(shared) {}
    hdf5_output(hdf5_output&&) noexcept = default;
    hdf5_output& operator=(hdf5_output&&) noexcept = default;
    ~hdf5_output() {
        if (shared_) { // closing would wait for the other ranks, which may not come
            for (column& c : columns_) {
                static_cast<void>(c.dataset.release());
            }
            static_cast<void>(file_.release());
        } else if (file_.valid()) { // given up after a failure
            h5::discard_writes(file_);
        }
    }

    void open_datasets() {
        const h5::guard lock;
        const bool each = target_.columns(result_);
        for (const result_member& m : result_.members) {
            const std::string path = target_.dataset(result_, m);
            const bool record = result_.record && !each;
            column c;
            c.name = h5::address(target_.file, path);
            c.dataset = h5::dataset(H5Dopen2(file_, path.c_str(), H5P_DEFAULT), "H5Dopen2", c.name);
            c.type = record ? h5::record_type(result_, h5::where::memory) : h5::element_type(m.kind, h5::where::memory);
            c.inner = record ? shape{} : m.extents;
            c.offset = record ? 0 : m.offset;
            c.bytes = record ? result_.packed_bytes : m.bytes;
            c.whole = record;
            columns_.push_back(std::move(c));
            if (!each) {
                break;
            }
        }
    }

    /// Writes `count` adjacent objects as the results of items [first, first + count).
    void write(std::size_t first, const std::byte* objects, std::size_t count) {
        const h5::guard lock;
        for (column& c : columns_) {
            const bool as_is = c.whole ? result_.packed() : c.bytes == result_.object_bytes;
            const std::size_t piece = as_is ? count : std::max<std::size_t>(1, piece_bytes / c.bytes);
            for (std::size_t done = 0; done < count; done += piece) {
                const std::size_t now = std::min(piece, count - done);
                const std::byte* from = objects + done * result_.object_bytes;
                if (!as_is) {
                    buffer_.grow(now * c.bytes);
                    if (c.whole) {
                        result_.pack(from, now, buffer_.data());
                    } else {
                        gather_member(from + c.offset, result_.object_bytes, now, c.bytes, buffer_.data());
                    }
                    from = buffer_.data();
                }
                write_run(c, first + done, from, now);
            }
            written_ += count * c.bytes;
        }
        early_.wrote(target_.file, count * result_.packed_bytes);
    }

    /// Writes the marks of `count` results that there are not.
    void write_missing(std::size_t first, std::size_t count) {
        const std::size_t piece = std::clamp<std::size_t>(piece_bytes / result_.object_bytes, 1, count);
        missing_.grow(piece * result_.object_bytes);
        result_.fill_missing(missing_.data(), piece);
        for (std::size_t done = 0; done < count; done += piece) {
            write(first + done, missing_.data(), std::min(piece, count - done));
        }
    }

    [[nodiscard]] std::size_t written() const noexcept { return written_; }

    /// Closes the file and brings this rank's bytes to the disk; collective where the file is shared. Returns what went
    /// wrong, or nothing.
    [[nodiscard]] std::string close() noexcept {
        std::string problem;
        const auto attempt = [&](auto&& step) {
            try {
                step();
            } catch (...) {
                problem = problem.empty() ? current_exception_text() : problem;
            }
        };
        if (!shared_ && file_.valid()) {
            attempt([&] {
                const h5::guard lock;
                h5::check(H5Fflush(file_, H5F_SCOPE_GLOBAL), "H5Fflush", target_.file);
            });
            if (!problem.empty()) {
                h5::discard_writes(file_);
            }
        }
        shared_ = false;
        for (column& c : columns_) {
            attempt([&] { c.dataset.close("H5Dclose", c.name); });
        }
        columns_.clear();
        early_ = {};
        if (file_.valid()) {
            attempt([&] { file_.close("H5Fclose", target_.file); });
            attempt([&] { sync_to_disk(target_.file); });
        }
        return problem;
    }

private:
    static constexpr std::size_t piece_bytes = std::size_t{2} << 20U; ///< packed at a time: stays in the caches

    static constexpr std::size_t most_at_once = std::size_t{1} << 30U; ///< bytes of one H5Dwrite

    struct column {
        std::string name;
        h5::dataset dataset;
        h5::datatype type;
        shape inner;
        std::size_t offset = 0; ///< in the object
        std::size_t bytes = 0;  ///< of one result
        bool whole = false;     ///< the whole result as a packed record
    };

    /// One H5Dwrite for each box of the run. Memory and file types are equal on little-endian machines, so that HDF5
    /// passes the bytes through.
    void write_run(column& c, std::size_t first, const std::byte* from, std::size_t count) {
        h5::for_each_box(items_, first, count, [&](const shape& start, const shape& sizes, std::size_t offset) {
            std::vector<hsize_t> corner(start.begin(), start.end());
            std::vector<hsize_t> counts(sizes.begin(), sizes.end());
            corner.resize(start.size() + c.inner.size(), 0);
            counts.insert(counts.end(), c.inner.begin(), c.inner.end());
            const h5::dataspace space(H5Dget_space(c.dataset), "H5Dget_space", c.name);
            const std::size_t bytes = volume(sizes) * c.bytes;
            write_box(c, space, std::move(corner), std::move(counts), from + offset * c.bytes, bytes);
        });
    }

    /// Boxes of more than 1 GiB in parts: HDF5 1.10 cannot write 2 GiB at once through MPI-IO.
    void write_box(column& c, const h5::dataspace& space, std::vector<hsize_t> corner, std::vector<hsize_t> counts,
                   const std::byte* from, std::size_t bytes) {
        const auto axis = std::find_if(counts.begin(), counts.end(), [](hsize_t count) { return count > 1; });
        if (bytes > most_at_once && axis != counts.end()) {
            const hsize_t all = *axis;
            const std::size_t first_bytes = bytes / static_cast<std::size_t>(all) * static_cast<std::size_t>(all / 2);
            *axis = all / 2;
            write_box(c, space, corner, counts, from, first_bytes);
            corner[static_cast<std::size_t>(axis - counts.begin())] += all / 2;
            *axis = all - all / 2;
            write_box(c, space, std::move(corner), std::move(counts), from + first_bytes, bytes - first_bytes);
            return;
        }
        if (!counts.empty()) {
            h5::check(H5Sselect_hyperslab(space, H5S_SELECT_SET, corner.data(), nullptr, counts.data(), nullptr),
                      "H5Sselect_hyperslab", c.name);
        }
        const h5::dataspace memory = h5::space_of({counts.begin(), counts.end()}, c.name);
        h5::check(H5Dwrite(c.dataset, c.type, memory, space, H5P_DEFAULT, from), "H5Dwrite", c.name);
    }

    hdf5_target target_;
    shape items_;
    result_layout result_;
    h5::file file_;
    std::vector<column> columns_;
    bool shared_ = false;
    std::size_t written_ = 0;
    early_sync early_;
    aligned_buffer buffer_;
    aligned_buffer missing_;
};

} // namespace distproc::detail
