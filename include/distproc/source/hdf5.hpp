// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/describe.hpp>
#include <distproc/h5/file_name.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/source/hdf5/reader.hpp>
#include <distproc/source/item_axes.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

/// What an open HDF5 dataset is to a run: spans of T, or single elements. Made by `hdf5_source` and `hdf5_elements`.
template <class T, bool Spans>
class hdf5_items {
public:
    using item = std::conditional_t<Spans, std::span<const T>, const T&>;
    static constexpr bool reads_beside_writes = true; ///< HDF5's part of it takes turns with others

    explicit hdf5_items(detail::dataset_reader reader) : reader_(std::move(reader)) {}

    [[nodiscard]] const shape& items() const noexcept { return reader_.items(); }
    [[nodiscard]] std::string description() const { return reader_.name(); }
    [[nodiscard]] std::vector<std::string> files() const { return {reader_.file_name()}; }
    [[nodiscard]] std::size_t staging_bytes(std::size_t capacity) const noexcept {
        return capacity * reader_.item_bytes();
    }
    /// Where item axes do not lead, larger blocks are longer runs in the file.
    [[nodiscard]] std::size_t block_bytes() const noexcept { return std::size_t{reader_.in_order() ? 1U : 32U} << 20U; }
    [[nodiscard]] std::size_t run_items() const noexcept { return reader_.run_items(); }
    [[nodiscard]] bool concurrent_reads() const noexcept { return reader_.without_hdf5(); }
    /// Items lie in the staging one after the other, without gaps.
    std::size_t read(std::size_t first, std::size_t count, const staging& s, std::size_t slot) {
        return reader_.read(first, count, s.data + slot * reader_.item_bytes());
    }
    [[nodiscard]] item at(std::size_t /*index*/, const staging& s, std::size_t slot) const noexcept {
        const T* const first = reinterpret_cast<const T*>(s.data) + slot * reader_.item_elements();
        if constexpr (Spans) {
            return {first, reader_.item_elements()};
        } else {
            return *first;
        }
    }

private:
    detail::dataset_reader reader_;
};

/// A dataset of an HDF5 file, of any rank; an item is a `std::span<const T>`: what is left when one index is given for
/// each item axis, row-major. Without `axes` all axes but the last number the items, so (y, x, spectrum) gives one
/// spectrum for each pixel; `hdf5_source<double>{"scan.h5", "/cube", {1, 2}}` does the same for (energy, y, x).
///
/// T: a number, bool, enum, std::complex of float or double, or a trivially copyable struct whose `serialize` names
/// members of the file's compound. HDF5 converts numbers: any width, any byte order. Complex numbers are compounds of
/// {r, i}, as h5py writes them, or of {real, imag}. Bool reads integers and enums: 0 is false. A contiguous dataset
/// that needs no conversion and whose item axes lead is read without HDF5, beside whoever uses HDF5 meanwhile.
///
/// Nothing happens before `open()`, which each rank calls on its own: read-only, POSIX driver, no collective call.
/// `open()` throws `error`, naming file and dataset, where they are missing or do not fit T or the axes. Where item
/// axes do not lead, each block is read in one piece and then transposed in memory: prefer large files in (y, x,
/// spectrum).
template <class T>
struct hdf5_source {
    hdf5_file_name file;
    std::string dataset{};
    item_axes axes{};

    [[nodiscard]] hdf5_items<T, true> open() const {
        static_assert(describable<T>,
                      "hdf5_source<T>: T must be a number, bool, enum, std::complex<float or double>, or a "
                      "trivially copyable struct whose serialize names its members");
        const auto rule = axes.empty() ? detail::item_rule::all_but_the_last : detail::item_rule::named;
        return hdf5_items<T, true>(
            {file.name(), file.path().empty() ? dataset : file.path(), rule, axes, describe<T>()});
    }
};

/// A dataset of which every element is an item: rows of a catalogue, pixels of a map. An item is a `const T&`. T and
/// errors as for `hdf5_source`.
template <class T>
struct hdf5_elements {
    hdf5_file_name file;
    std::string dataset{};

    [[nodiscard]] hdf5_items<T, false> open() const {
        static_assert(describable<T>,
                      "hdf5_elements<T>: T must be a number, bool, enum, std::complex<float or double>, or a "
                      "trivially copyable struct whose serialize names its members");
        return hdf5_items<T, false>(
            {file.name(), file.path().empty() ? dataset : file.path(), detail::item_rule::all, {}, describe<T>()});
    }
};

static_assert(source_policy<hdf5_source<double>> && source_policy<hdf5_elements<double>>);

} // namespace distproc
