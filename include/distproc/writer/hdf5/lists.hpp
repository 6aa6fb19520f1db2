// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/h5/file_name.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/output.hpp>
#include <distproc/writer/hdf5/temporary.hpp>
#include <distproc/writer/list/fold.hpp>
#include <distproc/writer/list/session.hpp>

#include <hdf5.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace distproc::detail {

/// Lists in an HDF5 file: a group with the datasets `offsets` and `values`. See `list_session`.
class hdf5_list_output {
public:
    explicit hdf5_list_output(hdf5_target target) : target_(std::move(target)) {
        target_.records = hdf5_records::columns;
    }

    [[nodiscard]] const std::string& place() const noexcept { return target_.file; }
    [[nodiscard]] std::string name(const plan&) const { return h5::address(target_.file, target_.path); }

    void try_out(const plan& what) const {
        const plan made = plan_of_lists(what, 0);
        check_new_output(target_, made);
        const temporary_hdf5 file(target_.file + ".new-" + std::to_string(::getpid()));
        hdf5_creation(target_, made, file.path()).run();
    }

    void store(const plan& what, list_fold& all, const list_end& end, std::size_t /*threads*/) const {
        const plan made = plan_of_lists(what, all.values());
        temporary_hdf5 file(target_.file + ".new-" + std::to_string(::getpid()));
        hdf5_creation(target_, made, file.path()).run();
        fill(file.path(), made, 0,
             [&](hdf5_output& to) { to.write(0, std::as_bytes(all.offsets()).data(), all.offsets().size()); });
        fill(file.path(), made, 1, [&](hdf5_output& to) {
            const std::size_t value_bytes = element_bytes(made.result.members[1].kind);
            all.for_each_piece([&](std::size_t first, std::span<const std::byte> values) {
                to.write(first, values.data(), values.size() / value_bytes);
            });
        });
        if (end.complete) {
            mark_complete(file.path(), target_.path, end.failed);
        }
        file.publish_as(target_);
    }

private:
    /// Opens a member as an output of its own, whose items are its elements.
    template <class Write>
    void fill(const std::string& file, const plan& made, std::size_t member, Write&& write) const {
        const result_member& m = made.result.members[member];
        hdf5_target target = target_;
        target.file = file;
        target.path = target_.dataset(made.result, m);
        plan elements;
        elements.grid = granules(m.extents);
        elements.result.members.push_back({"", m.kind, {}, 0, 0, element_bytes(m.kind)});
        elements.result.object_bytes = elements.result.packed_bytes = element_bytes(m.kind);
        const h5::guard lock;
        hdf5_output to(target, elements,
                       h5::file(H5Fopen(file.c_str(), H5F_ACC_RDWR, h5::posix_access()), "H5Fopen", file), false);
        to.open_datasets();
        write(to);
        if (const std::string problem = to.close(); !problem.empty()) {
            throw error(problem);
        }
    }

    hdf5_target target_;
};

} // namespace distproc::detail
