// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/failed_items.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/h5/attributes.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/h5/types.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What the end of a run changes in an output: attributes that have been there from the start, in place, so that a kill
// at any moment leaves a file that can be read.

namespace distproc::detail {

/// Fills the attribute `failed_items` up, where room was made for more items.
inline constexpr std::uint64_t no_failed_item = ~std::uint64_t{0};

/// Makes room for what `write_failed` writes at the end.
inline void reserve_failed(const h5::object& owner, std::size_t items) {
    h5::write_number(owner, "failed", std::uint64_t{0});
    const std::vector<std::uint64_t> none(std::clamp<std::size_t>(items, 1, failed_items::most_named), no_failed_item);
    h5::write_numbers(owner, "failed_items", element_kind::uint64, {none.size()}, none.data());
}

/// Sets an attribute that is there to other numbers. Only their bytes change in the file.
template <element T>
void overwrite_numbers(const h5::object& owner, const std::string& file, const char* name, const T* values) {
    h5::attribute there(H5Aopen(owner, name, H5P_DEFAULT), "H5Aopen", file); // 1.10 cannot write to one from
    h5::check(H5Awrite(there, h5::element_type(element_kind_of<T>(), h5::where::memory), values), "H5Awrite", file);
    there.close("H5Aclose", file); // H5Aopen_by_name
}

/// The attributes `failed`, how many, and `failed_items`, the lowest: into the room that is there for them; as new ones
/// where there is none and some failed.
inline void write_failed(const h5::object& owner, const std::string& file, const failed_items& failed) {
    std::vector<std::uint64_t> items(failed.items.begin(), failed.items.end());
    const std::uint64_t count = failed.count;
    const bool there = H5Aexists(owner, "failed_items") > 0;
    const std::size_t room = there ? h5::read_numbers<std::uint64_t>(owner, "failed_items").size() : 0;
    if (there && room >= items.size()) {
        items.resize(room, no_failed_item);
        overwrite_numbers(owner, file, "failed_items", items.data());
        overwrite_numbers(owner, file, "failed", &count);
        return;
    }
    if (there) { // an earlier run made less room
        h5::check(H5Adelete(owner, "failed_items"), "H5Adelete", file);
        h5::check(H5Adelete(owner, "failed"), "H5Adelete", file);
    }
    if (!failed.empty()) {
        h5::write_number(owner, "failed", count);
        h5::write_numbers(owner, "failed_items", element_kind::uint64, {items.size()}, items.data());
    }
}

/// Sets the mark `complete` of the output at `path` to 1, durably, and says which items failed. Where none did, the
/// output no longer names its journal, so that equal work leaves equal bytes. One process, after all have closed the
/// file.
inline void mark_complete(const std::string& name, const std::string& path, const failed_items& failed) {
    const h5::guard lock;
    h5::file file(H5Fopen(name.c_str(), H5F_ACC_RDWR, h5::posix_access()), "H5Fopen", name);
    h5::object owner(H5Oopen(file, path.c_str(), H5P_DEFAULT), "H5Oopen", name);
    write_failed(owner, name, failed);
    const std::uint8_t complete = 1;
    overwrite_numbers(owner, name, "complete", &complete);
    if (failed.empty() && H5Aexists(owner, "journal") > 0) {
        const std::uint64_t none = 0;
        overwrite_numbers(owner, name, "journal", &none);
    }
    owner.close("H5Oclose", name);
    file.close("H5Fclose", name);
    sync_to_disk(name);
}

} // namespace distproc::detail
