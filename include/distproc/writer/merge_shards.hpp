// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/failed_items.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/source/shard/reader.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/zarr/directory.hpp>
#include <distproc/zarr/json.hpp>
#include <distproc/zarr/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace distproc {

namespace detail {

/// What a directory of `shard_writer` says of the run that wrote it.
class shard_directory {
public:
    explicit shard_directory(std::string path) : path_(std::move(path)), root_(read_root(path_)) {
        const zarr::json& root = root_.root();
        what.result.record = root_.text_at(root, "node_type") == "group";
        if (!what.result.record) {
            add_member("");
        } else {
            for (const std::string& name : names(root)) {
                add_member(name);
            }
        }
        add_parameters(root_.at(root, "attributes"));
    }

    plan what;
    std::map<std::string, std::string> units;
    std::map<std::string, hdf5_attribute> attributes;
    bool complete = false;
    failed_items failed; ///< how many, and which

private:
    [[nodiscard]] static zarr::document read_root(const std::string& path) {
        const zarr::file from = zarr::file::open_if_there(path + "/" + std::string(zarr::metadata_name));
        if (!from.valid()) {
            throw error("'" + path + "' is no Zarr directory: it has no " + std::string(zarr::metadata_name) +
                        "; name an output of shard_writer");
        }
        return {zarr::read_text(from), from.name()};
    }

    [[nodiscard]] std::vector<std::string> names(const zarr::json& root) const {
        std::vector<std::string> all;
        const zarr::json& listed = root_.at(root_.at(root, "attributes"), "members");
        for (const zarr::json& name : listed.is_array() ? listed : zarr::json::array({nullptr})) {
            if (!name.is_string() || name.get<std::string>().find('/') != std::string::npos) {
                root_.fail("has 'members' that are no names of arrays; name an output of shard_writer");
            }
            all.push_back(name.get<std::string>());
        }
        return all;
    }

    void add_member(const std::string& name) {
        const zarr::array_metadata a = read_array_metadata(name.empty() ? path_ : path_ + "/" + name);
        const zarr::json& axes = root_.at(root_.at(root_.root(), "attributes"), "item_axes");
        const std::size_t rank = axes.is_number_unsigned() ? axes.get<std::size_t>() : a.extents.size() + 1;
        if (rank > a.extents.size()) {
            root_.fail("has 'item_axes' that do not fit '" + name + "'; name an output of shard_writer");
        }
        const auto split = a.extents.begin() + static_cast<std::ptrdiff_t>(rank);
        const shape items(a.extents.begin(), split);
        if (!what.result.members.empty() && items != what.grid.items()) {
            root_.fail("has members of different shapes; name an output of shard_writer");
        }
        what.grid = granules(items);
        result_member m{name, a.kind, {split, a.extents.end()}, 0, what.result.packed_bytes, 0};
        m.offset = m.packed_offset;
        m.bytes = volume(m.extents) * element_bytes(m.kind);
        what.result.packed_bytes = what.result.object_bytes += m.bytes;
        what.result.members.push_back(std::move(m));
        if (a.attributes.contains("units") && a.attributes["units"].is_string()) {
            units[name] = a.attributes["units"].get<std::string>();
        }
    }

    void add_parameters(const zarr::json& all) {
        const zarr::json types = all.value("parameter_types", zarr::json::object());
        for (const auto& [name, value] : all.items()) {
            if (types.contains(name)) {
                what.parameters.push_back(parameter_of(name, types[name], value));
            } else if (name == "source" && value.is_string()) {
                what.source = value.get<std::string>();
            } else if (name == "compute" && value.is_string()) {
                what.compute = value.get<std::string>();
            } else if (name == "complete") {
                complete = zarr::is_number(value, 1);
            } else if (name == "failed" && value.is_number_unsigned()) {
                failed.count = value.get<std::size_t>();
            } else if (name == "failed_items" && value.is_array()) {
                add_failed(value);
            } else if (name == "units" || name == "distproc_version" || name == "item_axes" || name == "members" ||
                       name == "parameter_types") {
                continue;
            } else if (value.is_string()) {
                attributes[name] = value.get<std::string>();
            } else if (value.is_number_integer()) {
                attributes[name] = value.get<std::int64_t>();
            } else if (value.is_number()) {
                attributes[name] = value.get<double>();
            }
        }
    }

    void add_failed(const zarr::json& items) {
        for (const zarr::json& item : items) {
            if (!item.is_number_unsigned()) {
                root_.fail("has 'failed_items' that are no item numbers; name an output of shard_writer");
            }
            failed.items.push_back(item.get<std::size_t>());
        }
    }

    [[nodiscard]] parameter parameter_of(const std::string& name, const zarr::json& type, const zarr::json& value) {
        parameter p;
        p.name = name;
        p.is_text = value.is_string() && type.is_string() && type.get<std::string>() == "text";
        if (p.is_text) {
            p.text = value.get<std::string>();
            return p;
        }
        const auto kind = zarr::kind_of_name(root_.text_at(type, "type"));
        p.extents = root_.shape_at(type, "shape");
        if (kind) {
            p.kind = *kind;
            add_elements(p, p.extents.size(), value);
        }
        if (!kind || p.bytes.size() != volume(p.extents) * element_bytes(p.kind)) {
            root_.fail("has a parameter '" + name + "' that does not fit its type");
        }
        return p;
    }

    static void add_elements(parameter& p, std::size_t axes, const zarr::json& value) {
        if (axes != 0) {
            for (const zarr::json& each : value.is_array() ? value : zarr::json::array()) {
                add_elements(p, axes - 1, each);
            }
        } else if (const auto bytes = zarr::parse_element(p.kind, value)) {
            p.bytes.insert(p.bytes.end(), bytes->begin(), bytes->end());
        }
    }

    std::string path_;
    zarr::document root_;
};

} // namespace detail

/// Copies an output of `shard_writer` into one new HDF5 file, as `hdf5_writer` would have written it: the same datasets
/// and attributes. `to` says where, as for a run: `merge_shards("fits.zarr", hdf5_writer{"fits.h5", "/fits"})`.
///
/// One process, some MiB of memory for each member, each byte read and written once. Throws `error`, naming the file,
/// where the directory is no whole output of `shard_writer`, a checksum is wrong, or the file cannot be written.
inline void merge_shards(const std::string& directory, const hdf5_writer& to) {
    detail::shard_directory from(directory);
    if (!from.complete) {
        throw error("'" + directory +
                    "' is marked incomplete: the run that wrote it did not finish; run it again, then merge");
    }
    from.what.source_files = {directory};
    detail::hdf5_target target{to.file.name(), to.path, to.replace, to.records, from.units, from.attributes};
    target.units.insert(to.units.begin(), to.units.end());
    target.attributes.insert(to.attributes.begin(), to.attributes.end());
    const result_layout& result = from.what.result;
    target.path = detail::output_path(to.file.path().empty() ? to.path : to.file.path(), target, result);

    std::vector<detail::shard_reader> readers;
    const shape& items = from.what.grid.items();
    for (const result_member& m : result.members) {
        item_axes axes;
        for (std::size_t d = 0; d < items.size(); ++d) {
            axes.push_back(d);
        }
        readers.emplace_back(directory, m.name, axes, m.kind);
    }
    detail::check_new_output(target, from.what);
    (void)detail::create_output(target, from.what);
    detail::hdf5_output output(target, from.what, detail::open_output(solo_team{}, target.file), false);
    output.open_datasets();
    const std::size_t count = volume(items);
    const std::size_t most =
        std::max<std::size_t>(1, (std::size_t{8} << 20U) / std::max<std::size_t>(1, result.packed_bytes));
    std::vector<std::byte> column;
    std::vector<std::byte> records(std::min(most, count) * result.packed_bytes);
    for (std::size_t first = 0; first < count; first += most) {
        const std::size_t now = std::min(most, count - first);
        for (std::size_t k = 0; k < readers.size(); ++k) {
            const result_member& m = result.members[k];
            column.resize(now * m.bytes);
            readers[k].read(first, now, column.data());
            for (std::size_t i = 0; i < now; ++i) {
                std::memcpy(records.data() + i * result.packed_bytes + m.packed_offset, column.data() + i * m.bytes,
                            m.bytes);
            }
        }
        output.write(first, records.data(), now);
    }
    if (const std::string problem = output.close(); !problem.empty()) {
        throw error(problem);
    }
    detail::mark_complete(target.file, target.path, from.failed);
}

/// The same into the group or dataset `path` of a file.
inline void merge_shards(const std::string& directory, const std::string& file, const std::string& path = "/results") {
    merge_shards(directory, hdf5_writer{file, path});
}

} // namespace distproc
