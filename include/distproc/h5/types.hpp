// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/h5/handle.hpp>

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc::h5 {

/// Memory types have this machine's byte order; file types are little endian everywhere, so that files are equal.
enum class where : bool { memory, file };

[[nodiscard]] inline std::vector<hsize_t> dims_of(const shape& extents) { return {extents.begin(), extents.end()}; }

/// A dataspace with these extents; none: one element.
[[nodiscard]] inline dataspace space_of(const shape& extents, std::string_view subject) {
    if (extents.empty()) {
        return {H5Screate(H5S_SCALAR), "H5Screate", subject};
    }
    if (extents.size() > H5S_MAX_RANK) {
        throw error("'" + std::string(subject) + "' would have " + std::to_string(extents.size()) +
                    " axes, but HDF5 has at most " + std::to_string(H5S_MAX_RANK));
    }
    const auto dims = dims_of(extents);
    return {H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), "H5Screate_simple", subject};
}

/// HDF5's own number type of a kind; for bool and complex, of their parts. Not to be closed. Hold a `guard`.
[[nodiscard]] inline hid_t number_type(element_kind kind, where side) {
    const bool memory = side == where::memory;
    switch (kind) {
    case element_kind::boolean:
    case element_kind::int8:
        return memory ? H5T_NATIVE_INT8 : H5T_STD_I8LE;
    case element_kind::int16:
        return memory ? H5T_NATIVE_INT16 : H5T_STD_I16LE;
    case element_kind::int32:
        return memory ? H5T_NATIVE_INT32 : H5T_STD_I32LE;
    case element_kind::int64:
        return memory ? H5T_NATIVE_INT64 : H5T_STD_I64LE;
    case element_kind::uint8:
        return memory ? H5T_NATIVE_UINT8 : H5T_STD_U8LE;
    case element_kind::uint16:
        return memory ? H5T_NATIVE_UINT16 : H5T_STD_U16LE;
    case element_kind::uint32:
        return memory ? H5T_NATIVE_UINT32 : H5T_STD_U32LE;
    case element_kind::uint64:
        return memory ? H5T_NATIVE_UINT64 : H5T_STD_U64LE;
    case element_kind::float32:
    case element_kind::complex64:
        return memory ? H5T_NATIVE_FLOAT : H5T_IEEE_F32LE;
    case element_kind::float64:
    case element_kind::complex128:
        return memory ? H5T_NATIVE_DOUBLE : H5T_IEEE_F64LE;
    }
    throw error("an element of unknown kind");
}

[[nodiscard]] constexpr bool is_complex(element_kind kind) noexcept {
    return kind == element_kind::complex64 || kind == element_kind::complex128;
}

/// A complex number as a compound of two parts with these names; h5py's are "r" and "i".
[[nodiscard]] inline datatype complex_type(element_kind kind, where side, const char* real = "r",
                                           const char* imaginary = "i") {
    const std::size_t bytes = element_bytes(kind);
    datatype type(H5Tcreate(H5T_COMPOUND, bytes), "H5Tcreate", "complex");
    check(H5Tinsert(type, real, 0, number_type(kind, side)), "H5Tinsert", "complex");
    check(H5Tinsert(type, imaginary, bytes / 2, number_type(kind, side)), "H5Tinsert", "complex");
    return type;
}

/// A bool as h5py and pandas have it: an enum of 8 bits with FALSE = 0 and TRUE = 1.
[[nodiscard]] inline datatype boolean_type(where side) {
    datatype type(H5Tenum_create(number_type(element_kind::boolean, side)), "H5Tenum_create", "bool");
    const std::int8_t no = 0;
    const std::int8_t yes = 1;
    check(H5Tenum_insert(type, "FALSE", &no), "H5Tenum_insert", "bool");
    check(H5Tenum_insert(type, "TRUE", &yes), "H5Tenum_insert", "bool");
    return type;
}

/// The type of one element. Hold a `guard`.
[[nodiscard]] inline datatype element_type(element_kind kind, where side) {
    if (is_complex(kind)) {
        return complex_type(kind, side);
    }
    if (kind == element_kind::boolean) {
        return boolean_type(side);
    }
    return {H5Tcopy(number_type(kind, side)), "H5Tcopy", to_string(kind)};
}

/// `part`, or an array of it where there are extents.
[[nodiscard]] inline datatype array_type(datatype part, const shape& extents) {
    if (extents.empty()) {
        return part;
    }
    const auto dims = dims_of(extents);
    return {H5Tarray_create2(part, static_cast<unsigned>(dims.size()), dims.data()), "H5Tarray_create2", "array"};
}

/// Packed records as one compound, members in the order of `serialize`. Hold a `guard`.
[[nodiscard]] inline datatype record_type(const result_layout& layout, where side) {
    datatype type(H5Tcreate(H5T_COMPOUND, layout.packed_bytes), "H5Tcreate", "record");
    for (const result_member& m : layout.members) {
        const datatype part = array_type(element_type(m.kind, side), m.extents);
        check(H5Tinsert(type, m.name.c_str(), m.packed_offset, part), "H5Tinsert", m.name);
    }
    return type;
}

/// For messages: "float64", "compound of {x, y}", "string".
[[nodiscard]] inline std::string type_name(hid_t type);

/// Names of a compound's members, in its order.
[[nodiscard]] inline std::vector<std::string> member_names(hid_t type) {
    std::vector<std::string> names;
    const int count = H5Tget_nmembers(type);
    for (int k = 0; k < count; ++k) {
        char* name = H5Tget_member_name(type, static_cast<unsigned>(k));
        names.emplace_back(name == nullptr ? "" : name);
        H5free_memory(name);
    }
    return names;
}

inline std::string type_name(hid_t type) {
    const std::string bits = std::to_string(8 * H5Tget_size(type));
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        return (H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int") + bits;
    case H5T_FLOAT:
        return "float" + bits;
    case H5T_STRING:
        return "string";
    case H5T_ENUM:
        return "enum of " + bits + " bits";
    case H5T_COMPOUND: {
        std::string text;
        for (const std::string& name : member_names(type)) {
            text += (text.empty() ? "" : ", ") + name;
        }
        return "compound of {" + text + "}";
    }
    case H5T_ARRAY: {
        const datatype part(H5Tget_super(type), "H5Tget_super", "array");
        return "array of " + type_name(part);
    }
    case H5T_REFERENCE:
        return "reference";
    case H5T_OPAQUE:
        return "opaque";
    case H5T_BITFIELD:
        return "bitfield";
    case H5T_VLEN:
        return "list of varying length";
    default:
        return "unknown type";
    }
}

} // namespace distproc::h5
