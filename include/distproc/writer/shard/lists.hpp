// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/writer/chunk/boxes.hpp>
#include <distproc/writer/list/fold.hpp>
#include <distproc/writer/list/session.hpp>
#include <distproc/writer/shard/column.hpp>
#include <distproc/writer/shard/create.hpp>
#include <distproc/zarr/directory.hpp>
#include <distproc/zarr/json.hpp>
#include <distproc/zarr/metadata.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Lists in a Zarr directory: a group with the arrays `offsets` and `values`. See `list_session`.
class shard_list_output {
public:
    shard_list_output(shard_target target, std::size_t shard_bytes)
        : target_(std::move(target)), shard_bytes_(shard_bytes) {}

    [[nodiscard]] const std::string& place() const noexcept { return target_.path; }
    [[nodiscard]] std::string name(const plan&) const { return target_.path; }

    void try_out(const plan& what) const {
        if (!target_.chunk.empty()) {
            throw error("shard_writer: chunk counts items, but results of variable length are cut into chunks of "
                        "values; leave it out");
        }
        const plan made = plan_of_lists(what, 0);
        zarr::check_target(target_.path, made.source_files);
        check_names(target_, made.result);
        create_directory(target_, documents(made, {}), false, [](const std::string&) {});
    }

    void store(const plan& what, list_fold& all, const list_end& end, std::size_t /*threads*/) const {
        const plan made = plan_of_lists(what, all.values());
        create_directory(target_, documents(made, end), true, [&](const std::string& folder) {
            fill(folder, made.result.members[0],
                 [&](auto&& put) { put(0, std::as_bytes(all.offsets()), all.offsets().size()); });
            const std::size_t value_bytes = element_bytes(made.result.members[1].kind);
            fill(folder, made.result.members[1], [&](auto&& put) {
                all.for_each_piece([&](std::size_t first, std::span<const std::byte> values) {
                    put(first, values, values.size() / value_bytes);
                });
            });
        });
    }

private:
    /// Of a member's array: one element, with the member's name and so its units.
    [[nodiscard]] static result_member element_of(const result_member& m) {
        return {m.name, m.kind, {}, 0, 0, element_bytes(m.kind)};
    }

    /// The array of a member, cut along its elements.
    [[nodiscard]] zarr::array_metadata array(const result_member& m) const {
        plan elements;
        elements.result.members.push_back(element_of(m));
        elements.result.packed_bytes = element_bytes(m.kind);
        elements.grid = granules(m.extents, shard_grain("shard", elements.result, m.extents, {shard_bytes_, {}, 1}));
        return shard_array(target_, elements, elements.result.members[0]);
    }

    [[nodiscard]] std::vector<std::pair<std::string, zarr::json>> documents(const plan& made,
                                                                            const list_end& end) const {
        const std::string name(zarr::metadata_name);
        zarr::json attributes = shard_attributes(target_, made);
        if (end.complete) {
            add_completion(attributes, end.failed);
        }
        std::vector<std::pair<std::string, zarr::json>> all;
        all.emplace_back(name, zarr::json{{"zarr_format", 3}, {"node_type", "group"}, {"attributes", attributes}});
        for (const result_member& m : made.result.members) {
            all.emplace_back(m.name + "/" + name, zarr::array_json(array(m)));
        }
        return all;
    }

    /// Calls `write(put)`, with which it gives the elements of a member, `put(first, bytes, count)`.
    template <class Write>
    void fill(const std::string& folder, const result_member& m, Write&& write) const {
        const std::size_t bytes = element_bytes(m.kind);
        shard_column column(folder + "/" + m.name, array(m), element_of(m), 1);
        write([&](std::size_t first, std::span<const std::byte> elements, std::size_t count) {
            column.put(first, elements.data(), bytes, count, [](std::size_t) {}); // holds one chunk at a time
        });
        column.publish();
        column.sync_folders();
    }

    shard_target target_;
    std::size_t shard_bytes_;
};

} // namespace distproc::detail
