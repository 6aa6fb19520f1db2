// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/h5/boxes.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/h5/types.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/source/hdf5/contiguous_bytes.hpp>
#include <distproc/source/hdf5/read_type.hpp>
#include <distproc/source/hdf5/transpose.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Which axes of a dataset number the items.
enum class item_rule : unsigned char { named, all_but_the_last, all };

/// One open dataset that delivers runs of items, each item contiguous. What `hdf5_source` and `hdf5_elements` share.
class dataset_reader {
public:
    dataset_reader(std::string file, std::string path, item_rule rule, shape item_axes, const result_layout& layout)
        : file_name_(std::move(file)), path_(std::move(path)), item_axes_(std::move(item_axes)) {
        const h5::guard lock;
        file_ = h5::open_for_reading(file_name_);
        dataset_ = h5::open_dataset(file_, file_name_, path_);
        space_ = h5::dataspace(H5Dget_space(dataset_), "H5Dget_space", name());
        if (H5Sget_simple_extent_type(space_) == H5S_NULL) {
            throw error("'" + name() +
                        "' is a dataset without any elements or axes (H5S_NULL); name one that holds data");
        }
        const h5::datatype file_type(H5Dget_type(dataset_), "H5Dget_type", name());
        file_bytes_ = H5Tget_size(file_type);
        type_ = read_type_maker(layout, name()).make(file_type);
        const int rank = h5::check(H5Sget_simple_extent_ndims(space_), "H5Sget_simple_extent_ndims", name());
        std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
        h5::check(H5Sget_simple_extent_dims(space_, dims.data(), nullptr), "H5Sget_simple_extent_dims", name());
        extents_.assign(dims.begin(), dims.end());
        choose_axes(rule);
        reopen_with_chunk_cache();
        plain_ = contiguous_bytes_of(dataset_, file_type, type_.memory, in_order_, name());
    }

    [[nodiscard]] const shape& items() const noexcept { return items_; }
    [[nodiscard]] std::size_t item_elements() const noexcept { return item_elements_; }
    [[nodiscard]] std::size_t item_bytes() const noexcept { return item_elements_ * type_.object_bytes; }
    /// Whether the item axes lead, in ascending order.
    [[nodiscard]] bool in_order() const noexcept { return in_order_; }
    /// Items of a chunk, where the dataset has chunks that are runs of items; else 0.
    [[nodiscard]] std::size_t run_items() const noexcept { return run_items_; }
    /// Whether items are read as they lie in the file, by any number of threads.
    [[nodiscard]] bool without_hdf5() const noexcept { return plain_.has_value(); }
    [[nodiscard]] std::string name() const { return h5::address(file_name_, path_); }
    [[nodiscard]] const std::string& file_name() const noexcept { return file_name_; }

    /// Brings items [first, first + count) to `out`, one after the other. One H5Dread for each box of the run, at most
    /// 2 * (item axes) - 1; where the axes have to change their order, in pieces of some MiB through a buffer.
    /// Returns bytes read from the file. Where the file holds the items as they are in memory, in one piece, they are
    /// read without HDF5, and nobody who uses HDF5 waits for that.
    std::size_t read(std::size_t first, std::size_t count, std::byte* out) {
        if (count == 0 || item_elements_ == 0) {
            return 0;
        }
        if (plain_) {
            plain_->read(first * item_bytes(), {out, count * item_bytes()});
            type_.normalise(out, count * item_elements_);
            return count * item_elements_ * file_bytes_;
        }
        const h5::guard lock;
        const std::size_t piece = in_order_ ? count : std::max<std::size_t>(1, transposed_bytes / item_bytes());
        for (std::size_t done = 0; done < count; done += piece) {
            h5::for_each_box(items_, first + done, std::min(piece, count - done),
                             [&](const shape& start, const shape& sizes, std::size_t offset) {
                                 read_box(start, sizes, out + (done + offset) * item_bytes());
                             });
        }
        type_.normalise(out, count * item_elements_);
        return count * item_elements_ * file_bytes_;
    }

private:
    static constexpr std::size_t transposed_bytes = std::size_t{8} << 20U;

    void choose_axes(item_rule rule) {
        const std::size_t rank = extents_.size();
        if (rule != item_rule::named) {
            item_axes_.clear();
            for (std::size_t d = 0; d + (rule == item_rule::all ? 0 : 1) < rank; ++d) {
                item_axes_.push_back(d);
            }
        }
        std::vector<bool> taken(rank);
        for (const std::size_t axis : item_axes_) {
            if (axis >= rank) {
                throw error("'" + name() + "' has no axis " + std::to_string(axis) + ": its shape is " +
                            to_string(extents_) +
                            (rank == 0 ? ", without axes" : ", with axes 0 to " + std::to_string(rank - 1)) +
                            "; choose the item axes among these");
            }
            if (taken[axis]) {
                throw error("axis " + std::to_string(axis) + " of '" + name() +
                            "' is given twice as an item axis; name each axis once");
            }
            taken[axis] = true;
            items_.push_back(extents_[axis]);
        }
        shape inner;
        for (std::size_t d = 0; d < rank; ++d) {
            if (!taken[d]) {
                inner_axes_.push_back(d);
                inner.push_back(extents_[d]);
            }
        }
        item_elements_ = volume(inner);
        in_order_ = std::is_sorted(item_axes_.begin(), item_axes_.end()) &&
                    (item_axes_.empty() || item_axes_.back() + 1 == item_axes_.size());
    }

    /// HDF5 keeps 1 MiB of chunks by default, and then unpacks a larger chunk again for each item. Makes room for the
    /// chunks of one row of items, between 4 and 64 MiB, and for one chunk in any case.
    void reopen_with_chunk_cache() {
        const h5::property_list creation(H5Dget_create_plist(dataset_), "H5Dget_create_plist", name());
        if (H5Pget_layout(creation) != H5D_CHUNKED) {
            return;
        }
        std::vector<hsize_t> chunk(extents_.size());
        h5::check(H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()), "H5Pget_chunk", name());
        if (in_order_) {
            run_items_ = run_in_chunk(extents_, {chunk.begin(), chunk.end()}, items_.size());
        }
        std::size_t chunk_bytes = file_bytes_;
        std::size_t chunks = 1;
        for (std::size_t d = 0; d < extents_.size(); ++d) {
            chunk_bytes *= chunk[d];
            const bool above =
                std::find(item_axes_.begin(), item_axes_.end(), d) != item_axes_.end() && d != item_axes_.back();
            chunks *= above ? 1 : std::max<std::size_t>(1, (extents_[d] + chunk[d] - 1) / chunk[d]);
        }
        const std::size_t most = std::max(std::size_t{64} << 20U, chunk_bytes);
        const std::size_t wanted = chunks > most / chunk_bytes ? most : chunks * chunk_bytes;
        const h5::property_list access(H5Pcreate(H5P_DATASET_ACCESS), "H5Pcreate", name());
        h5::check(
            H5Pset_chunk_cache(access, 12421, std::max(std::size_t{4} << 20U, wanted), H5D_CHUNK_CACHE_W0_DEFAULT),
            "H5Pset_chunk_cache", name());
        dataset_.close("H5Dclose", name());
        dataset_ = h5::open_dataset(file_, file_name_, path_, access);
    }

    void read_box(const shape& start, const shape& sizes, std::byte* out) {
        const std::size_t rank = extents_.size();
        std::vector<hsize_t> corner(rank, 0);
        std::vector<hsize_t> counts(extents_.begin(), extents_.end());
        std::vector<moved_axis> axes(rank);
        std::size_t stride = 1;
        for (std::size_t k = inner_axes_.size(); k-- > 0;) {
            axes[inner_axes_[k]] = {extents_[inner_axes_[k]], 0, stride};
            stride *= extents_[inner_axes_[k]];
        }
        for (std::size_t k = item_axes_.size(); k-- > 0;) {
            corner[item_axes_[k]] = start[k];
            counts[item_axes_[k]] = sizes[k];
            axes[item_axes_[k]] = {sizes[k], 0, stride};
            stride *= sizes[k];
        }
        const auto joined = joined_axes(axes);
        const bool direct = moves_nothing(joined);
        if (!direct) {
            scratch_.grow(stride * type_.object_bytes);
        }
        if (rank != 0) {
            h5::check(H5Sselect_hyperslab(space_, H5S_SELECT_SET, corner.data(), nullptr, counts.data(), nullptr),
                      "H5Sselect_hyperslab", name());
        }
        // The box has its own shape in memory too: HDF5 would otherwise find the chunk of each single element.
        const h5::dataspace memory = h5::space_of({counts.begin(), counts.end()}, name());
        h5::check(H5Dread(dataset_, type_.memory, memory, space_, H5P_DEFAULT, direct ? out : scratch_.data()),
                  "H5Dread", name());
        if (!direct) {
            transpose(scratch_.data(), out, joined, type_.object_bytes);
        }
    }

    std::string file_name_;
    std::string path_;
    shape item_axes_;  ///< in the user's order
    shape inner_axes_; ///< ascending
    shape extents_;    ///< of the dataset
    shape items_;
    std::size_t item_elements_ = 1;
    std::size_t file_bytes_ = 0; ///< of one element
    std::size_t run_items_ = 0;
    bool in_order_ = true; ///< item axes lead and ascend: an item is a run in the file
    read_type type_;
    h5::file file_;
    h5::dataset dataset_;
    h5::dataspace space_;
    aligned_buffer scratch_;
    std::optional<contiguous_bytes> plain_; ///< of a file that is open as `file_`
};

} // namespace distproc::detail
