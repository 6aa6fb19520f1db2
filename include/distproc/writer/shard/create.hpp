// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/compression.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/failed_items.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/version.hpp>
#include <distproc/writer/chunk/boxes.hpp>
#include <distproc/zarr/directory.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/json.hpp>
#include <distproc/zarr/metadata.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace distproc {

/// Value of an attribute that the user adds to an output.
using shard_attribute = std::variant<std::string, double, std::int64_t>;

namespace detail {

/// What `shard_writer` or `compressed_shard_writer` was told.
struct shard_target {
    std::string path;
    bool replace = false;
    shape chunk;
    std::map<std::string, std::string> units;
    std::map<std::string, shard_attribute> attributes;
    compression packing{};

    /// Folder of the array of a member: Zarr v3 core, section "Storage keys".
    [[nodiscard]] std::string folder(const result_layout& result, const result_member& member) const {
        return result.record ? path + "/" + member.name : path;
    }
};

/// A directory's name as it is used: "a.zarr/" is "a.zarr".
[[nodiscard]] inline std::string without_slash(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

/// The box of items of one shard.
[[nodiscard]] inline shape shard_grain(std::string_view writer, const result_layout& result, const shape& items,
                                       const box_wishes& wishes) {
    const std::string name = std::string(writer) + "_writer";
    if (wishes.granule_bytes == 0) {
        throw error(name + ": shard_bytes is 0; give the bytes of a shard, for example 64 MiB");
    }
    chunk_boxes::check(name, items, wishes.chunk);
    return chunk_boxes::granule(result, items, wishes);
}

/// The array of a member: its shards have the plan's box of items and all of the member's extents.
[[nodiscard]] inline zarr::array_metadata shard_array(const shard_target& target, const plan& what,
                                                      const result_member& member) {
    const shape& items = what.grid.items();
    if (what.grid.box().size() != items.size()) {
        throw error("shard_writer: the plan has granules of " + std::to_string(what.grid.length()) +
                    " neighbours, but a shard is a box of items; make the plan with grain() of the writer");
    }
    zarr::array_metadata a;
    a.kind = member.kind;
    a.extents = items;
    a.shard = what.grid.box();
    a.chunk = chunk_boxes::chunk(member, a.shard, target.chunk);
    for (shape* const each : {&a.extents, &a.shard, &a.chunk}) {
        each->insert(each->end(), member.extents.begin(), member.extents.end());
    }
    for (std::size_t d = 0; d < a.shard.size(); ++d) {
        if (a.shard[d] % a.chunk[d] != 0) {
            throw error("shard_writer: chunks of " + to_string(a.chunk) + " do not divide shards of " +
                        to_string(a.shard) + "; make the plan with grain() of the same writer");
        }
    }
    a.chunk_codecs.packing = target.packing;
    a.sharded = !a.extents.empty(); // zarr-python cannot read a shard without axes
    if (const auto unit = target.units.find(member.name); unit != target.units.end()) {
        a.attributes["units"] = unit->second;
    }
    return a;
}

/// Zarr v3 core, section "Node names".
inline void check_node_name(const std::string& name) {
    if (name.starts_with("__") || name.find_first_not_of('.') == std::string::npos || name == zarr::metadata_name) {
        throw error("a member of the result is named '" + name +
                    "', which Zarr does not allow; give it a name that does not begin with '__'");
    }
}

inline void check_names(const shard_target& target, const result_layout& result) {
    for (const result_member& m : result.members) {
        if (result.record) {
            check_node_name(m.name);
        }
    }
    check_units(target.units, result);
}

/// Attributes of the output's root. A name that is taken gets "parameter_" in front, as in `hdf5_writer`; types and
/// extents, which JSON does not keep, stand in "parameter_types".
[[nodiscard]] inline zarr::json shard_attributes(const shard_target& target, const plan& what) {
    zarr::json all = {{"complete", 0}, {"distproc_version", std::string(version)}, {"source", what.source}};
    if (!what.compute.empty()) {
        all["compute"] = what.compute;
    }
    all["item_axes"] = what.grid.items().size();
    if (what.result.record) {
        zarr::json& members = all["members"] = zarr::json::array();
        for (const result_member& m : what.result.members) {
            members.push_back(m.name);
        }
    }
    all["parameter_types"] = zarr::json::object();
    zarr::json types = zarr::json::object();
    const auto free_name = [&](std::string wanted) {
        while (all.contains(wanted) || wanted == "units" || wanted == "failed" || wanted == "failed_items") {
            wanted.insert(0, "parameter_");
        }
        return wanted;
    };
    for (const parameter& p : what.parameters) {
        const std::string name = free_name(p.name);
        types[name] = p.is_text ? zarr::json("text") : zarr::json{{"type", to_string(p.kind)}, {"shape", p.extents}};
        zarr::json value = p.is_text ? zarr::json(p.text) : zarr::to_json(p.kind, p.extents, p.bytes.data());
        all[name] = std::move(value);
    }
    all["parameter_types"] = std::move(types);
    for (const auto& [name, value] : target.attributes) {
        std::visit([&, n = free_name(name)](const auto& v) { all[n] = v; }, value);
    }
    return all;
}

/// Metadata of the output: the file's path below the root, and what is in it. The root comes first.
[[nodiscard]] inline std::vector<std::pair<std::string, zarr::json>> shard_documents(const shard_target& target,
                                                                                     const plan& what) {
    const zarr::json attributes = shard_attributes(target, what);
    const std::string name(zarr::metadata_name);
    std::vector<std::pair<std::string, zarr::json>> all;
    if (what.result.record) { // section "Group metadata"
        all.emplace_back(name, zarr::json{{"zarr_format", 3}, {"node_type", "group"}, {"attributes", attributes}});
    }
    for (const result_member& m : what.result.members) {
        zarr::array_metadata a = shard_array(target, what, m);
        if (!what.result.record) {
            a.attributes.update(attributes);
        }
        all.emplace_back((what.result.record ? m.name + "/" : "") + name, zarr::array_json(a));
    }
    return all;
}

/// Whether an existing output says that the run that wrote it did not finish. False where it is no such output.
[[nodiscard]] inline bool marked_incomplete(const std::string& path) noexcept {
    try {
        const zarr::file from = zarr::file::open_if_there(path + "/" + std::string(zarr::metadata_name));
        const zarr::document root(from.valid() ? zarr::read_text(from) : "", from.name());
        return zarr::is_number(root.at(root.at(root.root(), "attributes"), "complete"), 0);
    } catch (...) {
        return false;
    }
}

[[nodiscard]] inline error shards_exist(const std::string& path) {
    return error("output '" + path + "' exists" +
                 (marked_incomplete(path) ? ", marked incomplete: the run that wrote it did not finish" : "") +
                 "; set replace = true of the writer to overwrite it, or name another directory");
}

/// Makes the directory with its metadata, under a temporary name beside its place, calls `fill(temporary)` to put more
/// into it, brings it to the disk, and gives it its name; removes it again where that is not `wanted`. One process.
template <class Fill>
void create_directory(const shard_target& target, const std::vector<std::pair<std::string, zarr::json>>& documents,
                      bool wanted, Fill&& fill) {
    zarr::occupant there = zarr::find_occupant(target.path);
    if (there == zarr::occupant::zarr_directory) {
        if (!target.replace) {
            throw shards_exist(target.path);
        }
        zarr::check_all_zarr(target.path);
    }
    const std::string temporary = target.path + ".new-" + std::to_string(::getpid());
    zarr::remove_tree(temporary); // of a process of that number that was killed
    try {
        zarr::make_folder(temporary);
        for (const auto& [name, document] : documents) {
            const std::string file = temporary + "/" + name;
            zarr::make_folder(folder_of(file));
            zarr::write_durably(file, zarr::to_text(document));
            sync_to_disk(folder_of(file));
        }
        fill(temporary);
        sync_to_disk(temporary);
        if (!wanted) {
            zarr::remove_tree(temporary);
            return;
        }
        if (zarr::publish(temporary, target.path, there)) {
            return;
        }
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove_all(temporary, ignored);
        throw;
    }
    throw error("output '" + target.path + "' was made by somebody else meanwhile; what this run made is in '" +
                temporary + "', give it a name of its own");
}

/// The directory with all metadata; nothing is left of it in a dry run. One process calls it; shards come later.
inline void create_shards(const shard_target& target, const plan& what) {
    zarr::check_target(target.path, what.source_files);
    check_names(target, what.result);
    create_directory(target, shard_documents(target, what), !what.dry_run, [](const std::string&) {});
}

/// Sets `complete` to 1; where items failed, with `failed`, how many, and `failed_items`, the lowest.
inline void add_completion(zarr::json& attributes, const failed_items& failed) {
    attributes["complete"] = 1;
    if (!failed.empty()) {
        attributes["failed"] = failed.count;
        attributes["failed_items"] = failed.items;
    }
}

/// Sets the attribute `complete` of a closed output to 1, after all have brought their shards to the disk.
inline void mark_shards_complete(const shard_target& target, const plan& what, const failed_items& failed) {
    auto [name, document] = shard_documents(target, what).front();
    add_completion(document["attributes"], failed);
    zarr::write_durably(target.path + "/" + name, zarr::to_text(document));
    sync_to_disk(target.path);
}

} // namespace detail
} // namespace distproc
