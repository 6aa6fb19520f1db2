// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/h5/types.hpp>

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace distproc::h5 {

/// A UTF-8 text of any length, which h5py gives back as `str`. Hold a `guard`.
inline void write_text(hid_t owner, const std::string& name, const std::string& text) {
    const datatype type(H5Tcopy(H5T_C_S1), "H5Tcopy", name);
    check(H5Tset_size(type, H5T_VARIABLE), "H5Tset_size", name);
    check(H5Tset_cset(type, H5T_CSET_UTF8), "H5Tset_cset", name);
    const dataspace space = space_of({}, name);
    const attribute made(H5Acreate2(owner, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), "H5Acreate2", name);
    const char* characters = text.c_str();
    check(H5Awrite(made, type, &characters), "H5Awrite", name);
}

/// Numbers, bools or complex numbers, row-major in memory. Hold a `guard`.
inline void write_numbers(hid_t owner, const std::string& name, element_kind kind, const shape& extents,
                          const void* data) {
    const datatype in_file = element_type(kind, where::file);
    const datatype in_memory = element_type(kind, where::memory);
    const dataspace space = space_of(extents, name);
    const attribute made(H5Acreate2(owner, name.c_str(), in_file, space, H5P_DEFAULT, H5P_DEFAULT), "H5Acreate2", name);
    if (volume(extents) != 0) {
        check(H5Awrite(made, in_memory, data), "H5Awrite", name);
    }
}

template <element T>
void write_number(hid_t owner, const std::string& name, T value) {
    write_numbers(owner, name, element_kind_of<T>(), {}, &value);
}

/// A text that `write_text` wrote. Throws `error` where it is none. Hold a `guard`.
[[nodiscard]] inline std::string read_text(hid_t owner, const std::string& name) {
    const attribute from(H5Aopen(owner, name.c_str(), H5P_DEFAULT), "H5Aopen", name);
    const datatype type(H5Aget_type(from), "H5Aget_type", name);
    const dataspace space(H5Aget_space(from), "H5Aget_space", name);
    if (H5Tis_variable_str(type) <= 0 || H5Sget_simple_extent_npoints(space) != 1) {
        throw error("attribute '" + name + "' is no text");
    }
    char* characters = nullptr;
    check(H5Aread(from, type, &characters), "H5Aread", name);
    std::string text = characters == nullptr ? "" : characters;
    H5free_memory(characters);
    return text;
}

/// All numbers of an attribute, converted to T. Throws `error` where it holds none. Hold a `guard`.
template <element T>
[[nodiscard]] std::vector<T> read_numbers(hid_t owner, const std::string& name) {
    const attribute from(H5Aopen(owner, name.c_str(), H5P_DEFAULT), "H5Aopen", name);
    const datatype in_memory = element_type(element_kind_of<T>(), where::memory);
    const dataspace space(H5Aget_space(from), "H5Aget_space", name);
    const hssize_t count = check(H5Sget_simple_extent_npoints(space), "H5Sget_simple_extent_npoints", name);
    std::vector<T> numbers(static_cast<std::size_t>(count));
    if (numbers.empty()) {
        throw error("attribute '" + name + "' has no numbers");
    }
    check(H5Aread(from, in_memory, numbers.data()), "H5Aread", name);
    return numbers;
}

/// The most that an attribute holds in the old file format, with some room for its header.
inline constexpr std::size_t largest_attribute = 64000;

/// A parameter as an attribute `name` of `owner`; one too large for that as a dataset `<place>/<name>`.
inline void write_parameter(hid_t file, hid_t owner, const std::string& place, const std::string& name,
                            const parameter& p) {
    if (p.is_text) {
        write_text(owner, name, p.text);
    } else if (p.bytes.size() <= largest_attribute) {
        write_numbers(owner, name, p.kind, p.extents, p.bytes.data());
    } else {
        const property_list link(H5Pcreate(H5P_LINK_CREATE), "H5Pcreate", name);
        check(H5Pset_create_intermediate_group(link, 1), "H5Pset_create_intermediate_group", name);
        const datatype in_file = element_type(p.kind, where::file);
        const datatype in_memory = element_type(p.kind, where::memory);
        const dataspace space = space_of(p.extents, name);
        const property_list how(H5Pcreate(H5P_DATASET_CREATE), "H5Pcreate", name);
        check(H5Pset_obj_track_times(how, false), "H5Pset_obj_track_times", name); // equal runs write equal bytes
        const dataset made(H5Dcreate2(file, (place + "/" + name).c_str(), in_file, space, link, how, H5P_DEFAULT),
                           "H5Dcreate2", name);
        check(H5Dwrite(made, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, p.bytes.data()), "H5Dwrite", name);
    }
}

} // namespace distproc::h5
