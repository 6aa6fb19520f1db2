// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/index_set.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/h5/types.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// How elements of a file become objects of the user's type: the memory type for H5Dread, and where bools lie, which
/// are read as 8-bit integers and then made 0 or 1.
struct read_type {
    h5::datatype memory;
    std::vector<index_range> bools; ///< bytes of an object
    std::size_t object_bytes = 0;

    void normalise(std::byte* objects, std::size_t count) const {
        for (std::size_t k = 0; k < count && !bools.empty(); ++k) {
            for (const index_range& b : bools) {
                for (std::size_t at = b.first; at < b.last; ++at) {
                    std::byte& flag = objects[k * object_bytes + at];
                    flag = static_cast<std::byte>(flag != std::byte{0});
                }
            }
        }
    }
};

/// Makes a `read_type` for a layout; throws `error` that names the dataset and says what the file holds instead.
class read_type_maker {
public:
    read_type_maker(const result_layout& layout, std::string subject) : layout_(layout), subject_(std::move(subject)) {}

    [[nodiscard]] read_type make(hid_t file_type) {
        result_.object_bytes = layout_.object_bytes;
        if (!layout_.record) {
            result_.memory = part(layout_.members.at(0), file_type, "");
        } else if (H5Tget_class(file_type) != H5T_COMPOUND) {
            throw error("'" + subject_ + "' holds " + h5::type_name(file_type) +
                        ", but is read as a struct; read it as a number, or name a dataset of compounds");
        } else {
            std::vector<named_member> all;
            for (const result_member& m : layout_.members) {
                all.push_back({m.name, &m});
            }
            result_.memory = record(all, 0, layout_.object_bytes, file_type);
        }
        H5T_cdata_t* path = nullptr;
        if (H5Tfind(file_type, result_.memory, &path) == nullptr) {
            throw error("'" + subject_ + "' holds " + h5::type_name(file_type) + ", which HDF5 cannot convert to " +
                        h5::type_name(result_.memory) + "; read it with another type");
        }
        return std::move(result_);
    }

private:
    struct named_member {
        std::string name; ///< below the compound at hand
        const result_member* what;
    };

    h5::datatype part(const result_member& m, hid_t file_type, const std::string& name) {
        const std::string where = "'" + subject_ + "'" + (name.empty() ? "" : ", member '" + name + "',");
        shape extents;
        h5::datatype super;
        if (H5Tget_class(file_type) == H5T_ARRAY) {
            std::vector<hsize_t> dims(static_cast<std::size_t>(H5Tget_array_ndims(file_type)));
            h5::check(H5Tget_array_dims2(file_type, dims.data()), "H5Tget_array_dims2", subject_);
            extents.assign(dims.begin(), dims.end());
            super = h5::datatype(H5Tget_super(file_type), "H5Tget_super", subject_);
            file_type = super;
        }
        if (extents != m.extents) {
            const auto text = [](const shape& e) { return e.empty() ? "one element" : "an array of " + to_string(e); };
            throw error(where + " holds " + text(extents) + " where " + text(m.extents) +
                        " is read; read it with the type of the file");
        }
        return h5::array_type(element(m, file_type, where), m.extents);
    }

    h5::datatype element(const result_member& m, hid_t file_type, const std::string& where) {
        const H5T_class_t found = H5Tget_class(file_type);
        const std::string holds = where + " holds " + h5::type_name(file_type);
        if (h5::is_complex(m.kind)) {
            const auto names = found == H5T_COMPOUND ? h5::member_names(file_type) : std::vector<std::string>{};
            const auto is = [&](const char* r, const char* i) { return names == std::vector<std::string>{r, i}; };
            if (!is("r", "i") && !is("real", "imag") && !is("re", "im")) {
                throw error(holds +
                            ", but is read as complex numbers, which are compounds of {r, i} or {real, imag}; read "
                            "it as a real number or a struct");
            }
            return h5::complex_type(m.kind, h5::where::memory, names[0].c_str(), names[1].c_str());
        }
        const bool whole = found == H5T_INTEGER || found == H5T_ENUM;
        if (m.kind == element_kind::boolean) {
            if (!whole) {
                throw error(holds + ", but is read as bool; read it with the type of the file");
            }
            result_.bools.push_back({m.offset, m.offset + m.bytes});
        } else if (!whole && found != H5T_FLOAT) {
            throw error(holds + ", which cannot be converted to " + std::string(to_string(m.kind)) +
                        (found == H5T_COMPOUND ? "; read it with a struct whose serialize names some of these members"
                                               : "; name a dataset of numbers"));
        } else if (found == H5T_FLOAT && m.kind != element_kind::float32 && m.kind != element_kind::float64) {
            throw error(holds + ", but is read as " + std::string(to_string(m.kind)) +
                        ", which would cut fractions off; read it as float or double, and round in the compute");
        }
        return {H5Tcopy(h5::number_type(m.kind, h5::where::memory)), "H5Tcopy", subject_};
    }

    /// The compound in memory at [base, base + bytes) of the object.
    h5::datatype record(std::span<const named_member> members, std::size_t base, std::size_t bytes, hid_t file_type) {
        h5::datatype type(H5Tcreate(H5T_COMPOUND, bytes), "H5Tcreate", subject_);
        std::vector<std::string> nested_done;
        for (const named_member& m : members) {
            if (const int place = index_of(file_type, m.name); place >= 0) {
                const h5::datatype theirs = member(file_type, place);
                insert(type, m.name, m.what->offset - base, part(*m.what, theirs, m.what->name));
                continue;
            }
            const std::string head = m.name.substr(0, m.name.find('.'));
            const int place = head.size() == m.name.size() ? -1 : index_of(file_type, head);
            const h5::datatype theirs = place < 0 ? h5::datatype() : member(file_type, place);
            if (place < 0 || H5Tget_class(theirs) != H5T_COMPOUND) {
                throw error("'" + subject_ + "' has no member '" + m.what->name + "'; it holds " +
                            h5::type_name(file_type));
            }
            if (std::find(nested_done.begin(), nested_done.end(), head) != nested_done.end()) {
                continue;
            }
            nested_done.push_back(head);
            std::vector<named_member> inner;
            std::size_t first = layout_.object_bytes;
            std::size_t last = 0;
            for (const named_member& other : members) {
                if (other.name.starts_with(head + ".")) {
                    inner.push_back({other.name.substr(head.size() + 1), other.what});
                    first = std::min(first, other.what->offset);
                    last = std::max(last, other.what->offset + other.what->bytes);
                }
            }
            insert(type, head, first - base, record(inner, first, last - first, theirs));
        }
        return type;
    }

    static int index_of(hid_t compound, const std::string& name) {
        return H5Tget_member_index(compound, name.c_str()); // negative where there is none
    }
    h5::datatype member(hid_t compound, int place) const {
        return {H5Tget_member_type(compound, static_cast<unsigned>(place)), "H5Tget_member_type", subject_};
    }
    void insert(hid_t compound, const std::string& name, std::size_t offset, const h5::datatype& type) const {
        h5::check(H5Tinsert(compound, name.c_str(), offset, type), "H5Tinsert", subject_);
    }

    const result_layout& layout_;
    std::string subject_;
    read_type result_;
};

} // namespace distproc::detail
