// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/posix_file.hpp>
#include <distproc/h5/check.hpp>
#include <distproc/h5/discard.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/h5/handle.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/h5/types.hpp>
#include <distproc/writer/compressed_hdf5/filters.hpp>
#include <distproc/writer/compressed_hdf5/fold.hpp>
#include <distproc/writer/compressed_hdf5/layout.hpp>

#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// The file of one writer of several: datasets of the same names, with the granules that the writer has had, one after
/// the other along a first axis. Under a temporary name until it is whole and durable; the destructor removes it then.
class hdf5_part {
public:
    hdf5_part(std::string path, const chunked_layout& layout, const plan& what, const hdf5_filters& filters)
        : path_(std::move(path)), temporary_(path_ + ".part"), layout_(layout) {
        ::unlink(temporary_.c_str());
        try {
            create(what, filters);
        } catch (...) {
            abandon();
            throw;
        }
    }
    hdf5_part(const hdf5_part&) = delete;
    hdf5_part& operator=(const hdf5_part&) = delete;
    ~hdf5_part() { abandon(); }

    /// For any number of threads.
    void append(std::span<const std::byte> record) {
        const auto [head, bytes] = split_record(record);
        const chunked_dataset& each = layout_.datasets[head.column];
        const shape item = layout_.corner(each.chunk, static_cast<std::size_t>(head.number));
        const h5::guard lock;
        shape corner{slot_of(layout_.granule_of(item))};
        for (std::size_t d = 0; d < item.size(); ++d) {
            corner.push_back(item[d] % layout_.box[d]);
        }
        write_chunk(datasets_[head.column], temporary_ + ":" + each.path, head, bytes.data(), corner,
                    each.member.extents.size());
    }

    /// Makes the file durable and gives it its name; without any granule there is none.
    void publish() {
        if (granules_.empty()) {
            abandon();
            return;
        }
        const h5::guard lock;
        try { // before it is closed, while it can still be given up
            h5::flush_file(file_, temporary_);
        } catch (...) {
            abandon();
            throw;
        }
        for (h5::dataset& each : datasets_) {
            each.close("H5Dclose", temporary_);
        }
        file_.close("H5Fclose", temporary_);
        sync_to_disk(temporary_);
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
            throw_system_error(temporary_, "renamed to '" + path_ + "'", errno);
        }
        sync_to_disk(folder_of(path_));
    }

    /// Numbers of the granules in the file, in its order.
    [[nodiscard]] const std::vector<std::size_t>& granules() const noexcept { return granules_; }

private:
    void create(const plan& what, const hdf5_filters& filters) {
        const h5::guard lock;
        const h5::property_list access = h5::posix_access();
        h5::check(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), "H5Pset_libver_bounds", path_);
        file_ = h5::file(H5Fcreate(temporary_.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, access), "H5Fcreate", temporary_);
        const h5::property_list link(H5Pcreate(H5P_LINK_CREATE), "H5Pcreate", path_);
        h5::check(H5Pset_create_intermediate_group(link, 1), "H5Pset_create_intermediate_group", path_);
        for (std::size_t c = 0; c < layout_.datasets.size(); ++c) {
            const chunked_dataset& each = layout_.datasets[c];
            const auto with_inner = [&each](shape first, const shape& items) {
                first.insert(first.end(), items.begin(), items.end());
                first.insert(first.end(), each.member.extents.begin(), each.member.extents.end());
                return first;
            };
            const std::vector<hsize_t> none = h5::dims_of(with_inner({0}, layout_.box));
            std::vector<hsize_t> most = none;
            most[0] = H5S_UNLIMITED;
            const h5::dataspace space(H5Screate_simple(static_cast<int>(none.size()), none.data(), most.data()),
                                      "H5Screate_simple", path_);
            const h5::property_list how(H5Pcreate(H5P_DATASET_CREATE), "H5Pcreate", path_);
            filters.set(how, c, path_ + ":" + each.path, with_inner({1}, each.chunk));
            h5::check(H5Pset_obj_track_times(how, false), "H5Pset_obj_track_times", path_);
            const h5::datatype type = layout_.record ? h5::record_type(what.result, h5::where::file)
                                                     : h5::element_type(each.member.kind, h5::where::file);
            datasets_.emplace_back(H5Dcreate2(file_, each.path.c_str(), type, space, link, how, H5P_DEFAULT),
                                   "H5Dcreate2", path_ + ":" + each.path);
        }
    }

    /// The place of a granule along the first axis; a new one where it is new.
    [[nodiscard]] std::size_t slot_of(std::size_t granule) {
        const auto [at, is_new] = slots_.try_emplace(granule, granules_.size());
        if (is_new) {
            granules_.push_back(granule);
            for (std::size_t c = 0; c < datasets_.size(); ++c) {
                std::vector<hsize_t> extents = h5::dims_of(layout_.box);
                extents.insert(extents.begin(), granules_.size());
                const shape& inner = layout_.datasets[c].member.extents;
                extents.insert(extents.end(), inner.begin(), inner.end());
                h5::check(H5Dset_extent(datasets_[c], extents.data()), "H5Dset_extent", path_);
            }
        }
        return at->second;
    }

    void abandon() noexcept {
        if (file_.valid()) {
            h5::discard_writes(file_);
            for (h5::dataset& each : datasets_) {
                each.reset();
            }
            file_.reset();
        }
        ::unlink(temporary_.c_str());
    }

    std::string path_;
    std::string temporary_;
    chunked_layout layout_;
    h5::file file_;
    std::vector<h5::dataset> datasets_;
    std::map<std::size_t, std::size_t> slots_;
    std::vector<std::size_t> granules_;
};

/// The granules in the file of one writer.
struct part_of_output {
    std::string file; ///< relative to the folder of the output
    std::vector<std::size_t> granules;
};

/// How a dataset of the output is made of those of the parts, without a copy: a virtual dataset. HDF5 Reference Manual,
/// H5Pset_virtual.
class virtual_storage {
public:
    virtual_storage(const chunked_layout& layout, const std::vector<part_of_output>& parts)
        : layout_(layout), parts_(parts) {}

    void operator()(hid_t creation, std::size_t column, const std::string& path, const shape& extents) const {
        const shape& inner = layout_.datasets[column].member.extents;
        const h5::dataspace whole = h5::space_of(extents, path);
        h5::check(H5Pset_layout(creation, H5D_VIRTUAL), "H5Pset_layout", path);
        const std::string dataset = as_pattern(layout_.datasets[column].path);
        for (const part_of_output& part : parts_) {
            const std::string file = as_pattern(part.file);
            shape there{part.granules.size()};
            there.insert(there.end(), layout_.box.begin(), layout_.box.end());
            there.insert(there.end(), inner.begin(), inner.end());
            const h5::dataspace source = h5::space_of(there, path);
            for (std::size_t slot = 0; slot < part.granules.size(); ++slot) {
                shape from = layout_.corner(layout_.box, part.granules[slot]);
                shape sizes = layout_.box;
                for (std::size_t d = 0; d < sizes.size(); ++d) {
                    sizes[d] = std::min(sizes[d], layout_.items[d] - from[d]);
                }
                from.resize(from.size() + inner.size(), 0);
                sizes.insert(sizes.end(), inner.begin(), inner.end());
                select(whole, from, sizes, path);
                shape place(from.size() + 1, 0);
                place[0] = slot;
                sizes.insert(sizes.begin(), 1);
                select(source, place, sizes, path);
                h5::check(H5Pset_virtual(creation, whole, file.c_str(), dataset.c_str(), source), "H5Pset_virtual",
                          path);
            }
        }
    }

private:
    /// A name as the pattern that stands for it alone: HDF5 puts numbers of blocks for "%b".
    static std::string as_pattern(std::string name) {
        for (std::size_t at = 0; (at = name.find('%', at)) != std::string::npos; at += 2) {
            name.insert(at, 1, '%');
        }
        return name;
    }

    static void select(const h5::dataspace& space, const shape& from, const shape& sizes, const std::string& path) {
        const std::vector<hsize_t> start = h5::dims_of(from);
        const std::vector<hsize_t> count = h5::dims_of(sizes);
        h5::check(H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
                  "H5Sselect_hyperslab", path);
    }

    const chunked_layout& layout_;
    const std::vector<part_of_output>& parts_;
};

} // namespace distproc::detail
