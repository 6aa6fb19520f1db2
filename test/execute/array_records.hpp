// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Computes that fill an array and return members beside it, on one executor and through every writer, against a plain
// loop.
#include "conformance/hdf5_output.hpp"
#include "conformance/shard_output.hpp"
#include "execute/arrays.hpp"
#include "support/hdf5_file.hpp"
#include "support/shared_folder.hpp"
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/zip.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/null.hpp>
#include <distproc/writer/shard.hpp>

#include <doctest/doctest.h>
#include <hdf5.h>

#include <array>
#include <complex>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace test {

struct summary {
    bool odd; // with padding behind it
    std::array<short, 3> digits;
    double total;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("total", total) & distproc::named("odd", odd) & distproc::named("digits", digits);
    }
};

inline summary summary_of(int x, double total) {
    return {x % 2 != 0,
            {static_cast<short>(x % 10), static_cast<short>(x / 10 % 10), static_cast<short>(x / 100 % 10)},
            total};
}

/// 3 / x, 3 / (x + 1) ... and their sum.
struct summed {
    static constexpr const char* result_name = "parts";
    using result_type = std::complex<float>;
    distproc::shape extents;

    [[nodiscard]] const distproc::shape& result_shape() const { return extents; }
    summary operator()(int x, std::span<std::complex<float>> out) const {
        look_at_address(out);
        return fill(x, out);
    }
    static summary fill(int x, std::span<std::complex<float>> out) {
        double total = 0;
        for (std::size_t k = 0; k < out.size(); ++k) {
            const float part = 3 / static_cast<float>(x + static_cast<int>(k));
            out[k] += std::complex<float>(part, -part); // of zero
            total += part;
        }
        return summary_of(x, total);
    }
};

/// The same with a workspace and a context, of two inputs.
struct summed_with_context : summed {
    int calls = 0;
    summary operator()(int x, const double& factor, distproc::context& here, std::span<std::complex<float>> out) {
        ++calls;
        summary all = summed::operator()(x, out);
        all.total += factor * static_cast<double>(here.item());
        return all;
    }
};

/// What a plain loop makes of first_numbers, member by member.
struct expected_columns {
    std::vector<std::complex<float>> parts;
    std::vector<double> total;
    std::vector<unsigned char> odd;
    std::vector<short> digits;

    expected_columns(std::size_t items, std::size_t length) : parts(items * length) {
        for (std::size_t i = 0; i < items; ++i) {
            const summary one = summed::fill(static_cast<int>(i) + 1, std::span(parts).subspan(i * length, length));
            total.push_back(one.total);
            odd.push_back(one.odd ? 1 : 0);
            digits.insert(digits.end(), one.digits.begin(), one.digits.end());
        }
    }
};

template <class T>
void same_column(const hdf5_output<summary>& output, const std::string& name, hid_t type, const std::vector<T>& values,
                 distproc::shape extents) {
    CAPTURE(name);
    std::vector<hsize_t> dims;
    CHECK((read_dataset<T>(output.file(), "/results/" + name, type, &dims) == values));
    CHECK(distproc::shape(dims.begin(), dims.end()) == extents);
}

inline distproc::shape joined(distproc::shape items, const distproc::shape& inner) {
    items.insert(items.end(), inner.begin(), inner.end());
    return items;
}

inline void same_columns(const hdf5_output<summary>& output, const expected_columns& all, const distproc::shape& items,
                         const distproc::shape& extents) {
    const hid_t complex = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(complex, "r", 0, H5T_NATIVE_FLOAT);
    H5Tinsert(complex, "i", 4, H5T_NATIVE_FLOAT);
    same_column(output, "parts", complex, all.parts, joined(items, extents));
    H5Tclose(complex);
    same_column(output, "total", H5T_NATIVE_DOUBLE, all.total, items);
    same_column(output, "digits", H5T_NATIVE_SHORT, all.digits, joined(items, {3}));
    const hid_t flag = H5Tenum_create(H5T_NATIVE_UCHAR);
    for (unsigned char value = 0; value < 2; ++value) {
        H5Tenum_insert(flag, value == 0 ? "FALSE" : "TRUE", &value);
    }
    same_column(output, "odd", flag, all.odd, items);
    H5Tclose(flag);
}

/// One dataset of packed records: parts, total, odd, digits.
inline void same_records(const hdf5_output<summary>& output, const expected_columns& all,
                         const distproc::shape& extents) {
    const std::size_t length = distproc::volume(extents);
    const hid_t complex = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(complex, "r", 0, H5T_NATIVE_FLOAT);
    H5Tinsert(complex, "i", 4, H5T_NATIVE_FLOAT);
    const std::vector<hsize_t> dims(extents.begin(), extents.end());
    const hid_t array =
        dims.empty() ? H5Tcopy(complex) : H5Tarray_create2(complex, static_cast<unsigned>(dims.size()), dims.data());
    const std::size_t bytes = 8 * length + 8;
    const hid_t record = H5Tcreate(H5T_COMPOUND, bytes);
    H5Tinsert(record, "parts", 0, array);
    H5Tinsert(record, "total", 8 * length, H5T_NATIVE_DOUBLE);
    const auto found = read_dataset<unsigned char>(output.file(), "/results", record);
    for (const hid_t type : {record, array, complex}) {
        H5Tclose(type);
    }
    REQUIRE(found.size() == all.total.size() * bytes);
    for (std::size_t i = 0; i < all.total.size(); ++i) {
        REQUIRE(std::memcmp(found.data() + i * bytes, all.parts.data() + i * length, 8 * length) == 0);
        REQUIRE(std::memcmp(found.data() + i * bytes + 8 * length, &all.total[i], 8) == 0);
    }
}

template <class T>
void same_shards(const std::string& path, distproc::element_kind kind, const std::vector<T>& values,
                 const distproc::shape& items) {
    CAPTURE(path);
    distproc::item_axes axes;
    for (std::size_t axis = 0; axis < items.size(); ++axis) {
        axes.push_back(axis);
    }
    distproc::detail::shard_reader reader(path, "", axes, kind);
    CHECK(reader.items() == items);
    std::vector<T> found(values.size());
    reader.read(0, distproc::volume(items), reinterpret_cast<std::byte*>(found.data()));
    CHECK((found == values));
}

template <class Executor>
void array_records(const Executor& on) {
    const distproc::shape items{7, 13};
    const auto numbers = first_numbers(91);
    const distproc::range_source source{numbers, items};
    const auto ranks = on.make_team();
    const shared_folder folder(ranks);
    unaligned = false;
    for (const distproc::shape& extents :
         {distproc::shape{5, 3}, distproc::shape{}, distproc::shape{8}, distproc::shape{500}}) {
        CAPTURE(distproc::to_string(extents));
        const expected_columns all(91, distproc::volume(extents));
        const std::string name = folder / std::to_string(distproc::volume(extents));
        hdf5_output<summary> output(name);
        shard_output<summary> shards(name);
        shards.shard_bytes = 100000; // several of the large ones
        const auto run = [&](const auto& compute, const auto& writer, auto&& check) {
            CHECK(execute(source, compute, on, writer, quiet()).items == 91);
            if (ranks.rank() == 0) {
                check();
            }
            ranks.meet([] {});
        };
        const summed compute{extents};
        const auto columns = [&] { same_columns(output, all, items, extents); };
        run(compute, output.next(), columns);
        run(compute, distproc::node_gather{output.next()}, columns);
        output.records = distproc::hdf5_records::compound;
        const auto records = [&] { same_records(output, all, extents); };
        run(compute, output.next(), records);
        run(compute, distproc::node_gather{output.next()}, records);
        const auto arrays_of_shards = [&] {
            using distproc::element_kind;
            same_shards(shards.path() + "/parts", element_kind::complex64, all.parts, items);
            same_shards(shards.path() + "/total", element_kind::float64, all.total, items);
            same_shards(shards.path() + "/odd", element_kind::boolean, all.odd, items);
            same_shards(shards.path() + "/digits", element_kind::int16, all.digits, items);
        };
        run(compute, shards.next(), arrays_of_shards);
        run(compute, distproc::node_gather{shards.next()}, arrays_of_shards);
        run(compute, distproc::null_writer{}, [] {});
    }
    CHECK_FALSE(unaligned);
}

template <class Executor>
void array_records_with_context(const Executor& on) {
    const auto numbers = first_numbers(91);
    const std::vector<double> factors(91, 0.5);
    const auto ranks = on.make_team();
    const shared_folder folder(ranks);
    expected_columns all(91, 6);
    for (std::size_t i = 0; i < 91; ++i) {
        all.total[i] += 0.5 * static_cast<double>(i);
    }
    hdf5_output<summary> output(folder / "context");
    (void)execute(distproc::zip_source(numbers, factors), summed_with_context{{{6}}}, on, output.next(), quiet());
    if (ranks.rank() == 0) {
        same_columns(output, all, {91}, {6});
    }
    ranks.meet([] {});
    // A lambda, and the name that nobody chose.
    const auto fill =
        distproc::arrays({6}, [](const int& x, std::span<std::complex<float>> out) { return summed{}(x, out); });
    (void)execute(numbers, fill, on, output.next(), quiet());
    if (ranks.rank() == 0) {
        const hid_t file = H5Fopen(output.file().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
        CHECK(H5Lexists(file, "/results/values", H5P_DEFAULT) > 0);
        CHECK(H5Lexists(file, "/results/total", H5P_DEFAULT) > 0);
        H5Fclose(file);
    }
    ranks.meet([] {});
}

template <class Name>
struct named_array {
    static constexpr const char* result_name = Name::text;
    using result_type = float;
    [[nodiscard]] static distproc::shape result_shape() { return {2}; }
    summary operator()(int x, std::span<float>) const { return summary_of(x, 0); }
};
struct taken {
    static constexpr const char* text = "odd";
};
struct slash {
    static constexpr const char* text = "a/b";
};

template <class Executor>
void wrong_array_records(const Executor& on) {
    const auto numbers = first_numbers(10);
    const auto ranks = on.make_team();
    const auto run = [&](const auto& compute) {
        return message_of([&] { (void)execute(numbers, compute, on, distproc::null_writer{}, quiet()); });
    };
    CHECK(run(named_array<taken>{}) ==
          "the array of a result and one of its members are both named 'odd'; give the compute another result_name");
    CHECK(run(named_array<slash>{}) ==
          "the result_name of a compute is 'a/b'; give it a name that is not empty and has no '/'");
    CHECK(run(summed{{3, 0}}) == "result_shape states results of 3 x 0, which hold nothing; state extents above 0");
    if (ranks.size() > 1) {
        const std::size_t last = ranks.size() - 1;
        CHECK(run(summed{{ranks.rank() == last ? std::size_t{3} : std::size_t{2}, 6}})
                  .starts_with(
                      "rank " + std::to_string(last) +
                      " has 10 items in granules of 1, results of 159 bytes in 4 members, the first of shape 3 x 6"));
        CHECK(run(summed{{ranks.rank() == last ? std::size_t{3} : std::size_t{2},
                          ranks.rank() == last ? std::size_t{2} : std::size_t{3}}})
                  .find("the first of shape 3 x 2") != std::string::npos);
    }
}

} // namespace test
