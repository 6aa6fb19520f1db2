// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/compression.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/h5/check.hpp>
#include <distproc/h5/discard.hpp>
#include <distproc/h5/file_name.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/h5/handle.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/writer/chunk/boxes.hpp>
#include <distproc/writer/chunk/encoded.hpp>
#include <distproc/writer/compressed_hdf5/filters.hpp>
#include <distproc/writer/compressed_hdf5/fold.hpp>
#include <distproc/writer/compressed_hdf5/layout.hpp>
#include <distproc/writer/compressed_hdf5/output.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/temporary.hpp>
#include <distproc/writer/list/fold.hpp>
#include <distproc/writer/list/session.hpp>

#include <hdf5.h>
#include <unistd.h>

#include <cstddef>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Calls `work()` in `count` threads, of which this is one, and throws what the first that failed threw.
template <class Work>
void in_threads(std::size_t count, Work&& work) {
    std::mutex noting;
    std::exception_ptr problem;
    const auto guarded = [&]() noexcept {
        try {
            work();
        } catch (...) {
            const std::scoped_lock lock(noting);
            problem = problem ? problem : std::current_exception();
        }
    };
    std::vector<std::jthread> others;
    try {
        while (others.size() + 1 < count) {
            others.emplace_back(guarded);
        }
    } catch (...) { // fewer will do
    }
    guarded();
    others.clear();
    if (problem) {
        std::rethrow_exception(problem);
    }
}

/// Lists in a compressed HDF5 file: a group with the datasets `offsets` and `values`. See `list_session`. Their chunks
/// are compressed by the rank that joins the output, on as many threads as it has had workers.
class compressed_list_output {
public:
    compressed_list_output(hdf5_target target, chunked_wishes wishes)
        : target_(std::move(target)), wishes_(std::move(wishes)) {
        target_.records = hdf5_records::columns;
    }

    [[nodiscard]] const std::string& place() const noexcept { return target_.file; }
    [[nodiscard]] std::string name(const plan&) const {
        return h5::address(target_.file, target_.path) + ", compression " + to_string(wishes_.compression);
    }

    void try_out(const plan& what) const {
        check(wishes_.compression);
        hdf5_filters::check_available(wishes_.compression);
        if (!wishes_.chunk.empty()) {
            throw error("compressed_hdf5_writer: chunk counts items, but results of variable length are cut into "
                        "chunks of values; leave it out");
        }
        if (wishes_.files != hdf5_files::one) {
            throw error("compressed_hdf5_writer: results of variable length go into one file; leave out files = "
                        "hdf5_files::per_writer");
        }
        const plan made = plan_of_lists(what, 0);
        check_new_output(target_, made);
        const temporary_hdf5 file(target_.file + ".new-" + std::to_string(::getpid()));
        create(made, columns(made), file.path());
    }

    void store(const plan& what, list_fold& all, const list_end& end, std::size_t threads) const {
        const plan made = plan_of_lists(what, all.values());
        const std::vector<column> both = columns(made);
        temporary_hdf5 file(target_.file + ".new-" + std::to_string(::getpid()));
        create(made, both, file.path());
        fill(file.path(), both[0],
             [&](const auto& put) { put(0, std::as_bytes(all.offsets()), all.offsets().size()); });
        const std::size_t value_bytes = element_bytes(made.result.members[1].kind);
        list_fold::reader from(all);
        std::mutex reading;
        fill(file.path(), both[1], [&](const auto& put) {
            in_threads(threads, [&] {
                aligned_buffer piece;
                for (;;) {
                    std::size_t first = 0;
                    std::unique_lock lock(reading);
                    const std::span<const std::byte> values = from.next(piece, first);
                    lock.unlock();
                    if (values.empty()) {
                        return;
                    }
                    put(first, values, values.size() / value_bytes);
                }
            });
        });
        if (end.complete) {
            mark_complete(file.path(), target_.path, end.failed);
        }
        file.publish_as(target_);
    }

private:
    /// A dataset, as an output of its own whose items are its elements.
    struct column {
        result_layout element;
        chunked_layout layout;
        hdf5_filters filters;
    };

    [[nodiscard]] std::vector<column> columns(const plan& made) const {
        std::vector<column> all;
        for (const result_member& m : made.result.members) {
            plan elements;
            elements.result.members.push_back({"", m.kind, {}, 0, 0, element_bytes(m.kind)});
            elements.result.object_bytes = elements.result.packed_bytes = element_bytes(m.kind);
            elements.grid = granules(
                m.extents, chunk_boxes::granule(elements.result, m.extents, {std::size_t{16} << 20U, {}, 1, 100'000U}));
            hdf5_target target = target_;
            target.path = target_.dataset(made.result, m);
            const chunked_layout layout = layout_of_chunks(target, elements, {});
            all.push_back({elements.result, layout, hdf5_filters(wishes_.compression, layout)});
        }
        return all;
    }

    void create(const plan& made, const std::vector<column>& all, const std::string& file) const {
        hdf5_creation(target_, made, file,
                      [&](hid_t creation, std::size_t number, const std::string& path, const shape& extents) {
                          if (volume(extents) == 0) { // a chunk is at least one element
                              store_contiguous(creation, number, path, extents);
                          } else {
                              all[number].filters.set(creation, 0, path, all[number].layout.datasets[0].chunk);
                          }
                      })
            .run();
    }

    /// Calls `write(put)`, with which it gives the elements of a dataset, `put(first, bytes, count)`, from any thread.
    template <class Write>
    static void fill(const std::string& file_name, const column& to, Write&& write) {
        const std::string name = file_name + ":" + to.layout.datasets[0].path;
        h5::file file;
        h5::dataset dataset;
        {
            const h5::guard lock;
            file = h5::file(H5Fopen(file_name.c_str(), H5F_ACC_RDWR, h5::posix_access()), "H5Fopen", file_name);
            dataset = h5::dataset(H5Dopen2(file, to.layout.datasets[0].path.c_str(), H5P_DEFAULT), "H5Dopen2", name);
        }
        hdf5_encoder encoder(to.filters, to.element, to.layout.columns(to.element));
        const auto write_record = [&](std::span<const std::byte> record) {
            const auto [head, bytes] = split_record(record);
            write_chunk(dataset, name, head, bytes.data(),
                        to.layout.corner(to.layout.datasets[0].chunk, static_cast<std::size_t>(head.number)), 0);
        };
        try {
            write([&](std::size_t first, std::span<const std::byte> elements, std::size_t count) {
                encoder.put(first, elements, count, write_record);
            });
            h5::flush_file(file, file_name);
        } catch (...) {
            h5::discard_writes(file);
            throw;
        }
        const h5::guard lock;
        dataset.close("H5Dclose", name);
        file.close("H5Fclose", file_name);
    }

    hdf5_target target_;
    chunked_wishes wishes_;
};

} // namespace distproc::detail
