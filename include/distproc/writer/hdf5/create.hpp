// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/failed_items.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/version.hpp>
#include <distproc/h5/attributes.hpp>
#include <distproc/h5/discard.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/h5/types.hpp>
#include <distproc/writer/hdf5/marks.hpp>
#include <distproc/writer/hdf5/posix.hpp>

#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace distproc {

/// How the members of a result are stored: each as a dataset of its own in a group, or all as one dataset of compounds.
enum class hdf5_records : unsigned char { columns, compound };

/// Value of an attribute that the user adds to an output.
using hdf5_attribute = std::variant<std::string, double, std::int64_t>;

namespace detail {

/// What `hdf5_writer` was told, in one form for both of its kinds.
struct hdf5_target {
    std::string file;
    std::string path; ///< "/fits", or "/" for the root group
    bool replace = false;
    hdf5_records records = hdf5_records::columns;
    std::map<std::string, std::string> units;
    std::map<std::string, hdf5_attribute> attributes;
    std::string fingerprint{};  ///< of the work; empty: nobody can resume it
    std::uint64_t identity = 0; ///< of its journal

    [[nodiscard]] bool columns(const result_layout& result) const noexcept {
        return result.record && records == hdf5_records::columns;
    }
    /// Path of the dataset of a member; of the only dataset where there are no columns.
    [[nodiscard]] std::string dataset(const result_layout& result, const result_member& member) const {
        return columns(result) ? (path == "/" ? "" : path) + "/" + member.name : path;
    }
};

/// Adds the slash in front and drops those at the end. Throws `error` where results without members lack a name.
[[nodiscard]] inline std::string output_path(std::string path, const hdf5_target& target, const result_layout& result) {
    path.insert(0, path.starts_with('/') ? "" : "/");
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    if (path == "/" && !target.columns(result)) {
        throw error(
            "output '" + target.file +
            "': one dataset needs a name, '/' is the root group; set path of the writer, for example \"/results\"");
    }
    return path;
}

[[nodiscard]] inline bool has_units(const hdf5_target& target, const std::string& member) {
    return target.units.find(member) != target.units.end();
}

/// How a dataset is stored: sets the layout of the dataset `path` of these extents (the item axes, then the member's
/// own), number `column` of the output.
using hdf5_storage =
    std::function<void(hid_t creation, std::size_t column, const std::string& path, const shape& extents)>;

/// Contiguous, all space allocated.
inline void store_contiguous(hid_t creation, std::size_t, const std::string& path, const shape&) {
    h5::check(H5Pset_layout(creation, H5D_CONTIGUOUS), "H5Pset_layout", path);
    h5::check(H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY), "H5Pset_alloc_time", path);
    h5::check(H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER), "H5Pset_fill_time", path);
}

/// Creates one file: every group, dataset and attribute; where it is contiguous, all space allocated and nothing else
/// to come but raw data. `newest`: the highest version of the format that may be used.
class hdf5_creation {
public:
    hdf5_creation(const hdf5_target& target, const plan& what, const std::string& file_name,
                  hdf5_storage storage = store_contiguous, H5F_libver_t newest = H5F_LIBVER_V18)
        : target_(target), what_(what), name_(file_name), storage_(std::move(storage)), newest_(newest) {}

    void run() {
        const h5::guard lock;
        const h5::property_list access = h5::posix_access();
        check(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, newest_), "H5Pset_libver_bounds");
        check(H5Pset_alignment(access, 65536, 4096), "H5Pset_alignment");
        file_ = h5::file(H5Fcreate(name_.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, access), "H5Fcreate", name_);
        try {
            link_ = h5::property_list(H5Pcreate(H5P_LINK_CREATE), "H5Pcreate", name_);
            check(H5Pset_create_intermediate_group(link_, 1), "H5Pset_create_intermediate_group");
            write_attributes(create_objects());
            check(H5Fflush(file_, H5F_SCOPE_GLOBAL), "H5Fflush");
        } catch (...) {
            h5::discard_writes(file_);
            throw;
        }
        file_.close("H5Fclose", name_);
    }

private:
    template <class Code>
    Code check(Code code, const char* call) const {
        return h5::check(code, call, name_);
    }

    /// Returns the object that carries the attributes: the group of the columns, or the dataset.
    h5::object create_objects() {
        const result_layout& result = what_.result;
        if (!target_.columns(result)) {
            const result_member& only = result.members.at(0);
            const bool record = result.record;
            h5::object made(create_dataset(target_.path,
                                           record ? h5::record_type(result, h5::where::file)
                                                  : h5::element_type(only.kind, h5::where::file),
                                           record ? shape{} : only.extents)
                                .release(),
                            "H5Dcreate2", name_);
            for (const auto& [member, unit] : target_.units) {
                h5::write_text(made, record ? "units_" + member : "units", unit);
            }
            return made;
        }
        h5::object owner(target_.path == "/" ? H5Gopen2(file_, "/", H5P_DEFAULT)
                                             : H5Gcreate2(file_, target_.path.c_str(), link_, H5P_DEFAULT, H5P_DEFAULT),
                         "H5Gcreate2", name_);
        for (const result_member& m : result.members) {
            const h5::dataset made =
                create_dataset(target_.dataset(result, m), h5::element_type(m.kind, h5::where::file), m.extents);
            if (has_units(target_, m.name)) {
                h5::write_text(made, "units", target_.units.at(m.name));
            }
        }
        return owner;
    }

    h5::dataset create_dataset(const std::string& path, const h5::datatype& type, const shape& inner) {
        shape extents = what_.grid.items();
        extents.insert(extents.end(), inner.begin(), inner.end());
        const h5::dataspace space = h5::space_of(extents, name_ + ":" + path);
        const h5::property_list how(H5Pcreate(H5P_DATASET_CREATE), "H5Pcreate", name_);
        storage_(how, column_++, name_ + ":" + path, extents);
        check(H5Pset_obj_track_times(how, false), "H5Pset_obj_track_times"); // equal runs write equal bytes
        return {H5Dcreate2(file_, path.c_str(), type, space, link_, how, H5P_DEFAULT), "H5Dcreate2",
                name_ + ":" + path};
    }

    void write_attributes(const h5::object& owner) {
        std::vector<std::string> taken{"complete",    "distproc_version", "failed", "failed_items",
                                       "fingerprint", "journal",          "source"};
        h5::write_number(owner, "complete", std::uint8_t{0});
        h5::write_text(owner, "distproc_version", std::string(version));
        h5::write_text(owner, "source", what_.source);
        if (!target_.fingerprint.empty()) {
            h5::write_text(owner, "fingerprint", target_.fingerprint);
            h5::write_number(owner, "journal", target_.identity);
        }
        if (what_.skips_failed) {
            reserve_failed(owner, what_.grid.item_count());
        }
        if (!what_.compute.empty()) {
            taken.emplace_back("compute");
            h5::write_text(owner, "compute", what_.compute);
        }
        for (const auto& [member, unit] : target_.units) {
            taken.push_back("units" + (member.empty() ? "" : "_" + member));
        }
        const auto free_name = [&](std::string wanted) {
            while (std::find(taken.begin(), taken.end(), wanted) != taken.end()) {
                wanted.insert(0, "parameter_");
            }
            taken.push_back(wanted);
            return wanted;
        };
        for (const parameter& p : what_.parameters) {
            h5::write_parameter(file_, owner, target_.path + ".parameters", free_name(p.name), p);
        }
        for (const auto& [name, value] : target_.attributes) {
            if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
                throw error("attribute '" + name + "' of output '" + target_.file +
                            "' is written by the library or by the compute; give yours another name");
            }
            if (const auto* text = std::get_if<std::string>(&value)) {
                h5::write_text(owner, name, *text);
            } else if (const auto* number = std::get_if<double>(&value)) {
                h5::write_number(owner, name, *number);
            } else {
                h5::write_number(owner, name, std::get<std::int64_t>(value));
            }
        }
    }

    const hdf5_target& target_;
    const plan& what_;
    std::string name_;
    hdf5_storage storage_;
    H5F_libver_t newest_;
    std::size_t column_ = 0;
    h5::file file_;
    h5::property_list link_;
};

/// Whether an existing output says that the run that wrote it did not finish. False where it is no such file.
[[nodiscard]] inline bool marked_incomplete(const hdf5_target& target) noexcept {
    const h5::guard lock;
    try {
        const h5::file file = h5::open_for_reading(target.file);
        const h5::attribute mark(H5Aopen_by_name(file, target.path.c_str(), "complete", H5P_DEFAULT, H5P_DEFAULT),
                                 "H5Aopen_by_name", target.file);
        std::uint8_t complete = 1;
        return H5Aread(mark, H5T_NATIVE_UINT8, &complete) >= 0 && complete == 0;
    } catch (...) {
        return false;
    }
}

/// `unrecognised`: why it cannot be resumed, see `plan`.
[[nodiscard]] inline error output_exists(const hdf5_target& target, const std::string& unrecognised = {}) {
    return error("output '" + target.file + "' exists" +
                 (marked_incomplete(target) ? ", marked incomplete: the run that wrote it did not finish" : "") +
                 (unrecognised.empty() ? "" : ", and no run can go on with it, because " + unrecognised) +
                 "; set replace = true of the writer to overwrite it, or name another file");
}

/// Throws `error` where the output cannot be made. One process.
inline void check_new_output(const hdf5_target& target, const plan& what) {
    check_target(target.file, what.source_files);
    check_units(target.units, what.result);
    if (!target.replace && ::access(target.file.c_str(), F_OK) == 0) {
        throw output_exists(target, what.unrecognised);
    }
}

/// Creates the output under a temporary name beside it, makes it durable, and gives it its name; removes it again for a
/// dry run. One process calls it, after `check_new_output`. Returns the bytes of the file.
inline std::size_t create_output(const hdf5_target& target, const plan& what) {
    const std::string temporary = target.file + ".new-" + std::to_string(::getpid());
    ::unlink(temporary.c_str()); // of a process of that number that was killed
    try {
        hdf5_creation(target, what, temporary).run();
        struct stat made {};
        const std::size_t bytes = ::stat(temporary.c_str(), &made) == 0 ? static_cast<std::size_t>(made.st_size) : 0;
        if (what.dry_run) {
            ::unlink(temporary.c_str());
        } else if (!publish(temporary, target.file, target.replace)) { // made by another since we looked
            throw output_exists(target);
        }
        return bytes;
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

} // namespace detail
} // namespace distproc
