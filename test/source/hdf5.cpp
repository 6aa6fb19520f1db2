// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "source/drain.hpp"
#include "support/hdf5_file.hpp"
#include <distproc/source/hdf5.hpp>
#include <distproc/source/select.hpp>
#include <distproc/source/zip.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using distproc::shape;

std::vector<double> numbers(std::size_t count) {
    std::vector<double> values(count);
    std::iota(values.begin(), values.end(), 0.5);
    return values;
}

/// The items of a row-major array by a plain loop over all its elements: items[i] in the order of `axes`.
std::vector<std::vector<double>> items_of(const std::vector<double>& values, const shape& extents, const shape& axes) {
    std::size_t count = 1;
    for (const std::size_t axis : axes) {
        count *= extents[axis];
    }
    std::vector<std::vector<double>> items(count);
    for (std::vector<double>& item : items) {
        item.reserve(values.size() / count);
    }
    shape index(extents.size());
    for (std::size_t place = 0; place < values.size(); ++place) {
        std::size_t rest = place;
        for (std::size_t d = extents.size(); d-- > 0;) {
            index[d] = rest % extents[d];
            rest /= extents[d];
        }
        std::size_t item = 0;
        for (const std::size_t axis : axes) {
            item = item * extents[axis] + index[axis];
        }
        items[item].push_back(values[place]); // elements come in row-major order of the other axes
    }
    return items;
}

void check_items(const std::string& file, const shape& extents, const shape& axes, std::size_t capacity) {
    CAPTURE(distproc::to_string(extents));
    CAPTURE(distproc::to_string(axes));
    const auto values = numbers(distproc::volume(extents));
    const auto expected = items_of(values, extents, axes);
    std::size_t seen = 0;
    std::size_t wrong = 0;
    const distproc::hdf5_source<double> source{file, "/x", axes};
    const std::size_t bytes = test::drain(source, capacity, [&](std::size_t k, std::span<const double> item) {
        ++seen;
        wrong += std::equal(item.begin(), item.end(), expected[k].begin(), expected[k].end()) ? 0 : 1;
    });
    CHECK(seen == expected.size());
    CHECK(wrong == 0);
    CHECK(bytes == values.size() * sizeof(double));
    shape item_extents;
    for (const std::size_t axis : axes) {
        item_extents.push_back(extents[axis]);
    }
    CHECK(source.open().items() == item_extents);
}

} // namespace

TEST_CASE("items are what a plain loop takes, for every choice of item axes") {
    const std::vector<shape> arrays{{50, 50, 64}, {7, 13, 5}, {1, 100003}, {3, 4, 5, 6}, {17}, {2, 1, 3, 1, 2}};
    for (const shape& extents : arrays) {
        for (const bool chunked : {false, true}) {
            const test::folder here;
            const auto values = numbers(distproc::volume(extents));
            test::dataset_options options;
            if (chunked) {
                for (const std::size_t extent : extents) {
                    options.chunk.push_back(std::min<std::size_t>(extent, 1 + extent / 3));
                }
                options.deflate = 1;
            }
            test::write_dataset(here / "x.h5", "/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                                {extents.begin(), extents.end()}, values.data(), options);
            // Every subset of the axes in every order.
            shape order(extents.size());
            std::iota(order.begin(), order.end(), 0U);
            do {
                for (std::size_t length = 1; length <= order.size(); ++length) {
                    if (!std::is_sorted(order.begin() + static_cast<std::ptrdiff_t>(length), order.end())) {
                        continue; // the order of the other axes does not matter
                    }
                    const shape axes(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(length));
                    const std::size_t count = distproc::volume(extents);
                    check_items(here / "x.h5", extents, axes, count > 10000 ? 5000 : 37);
                }
            } while (std::next_permutation(order.begin(), order.end()));
        }
    }
}

TEST_CASE("all axes but the last are the item axes by default") {
    const test::folder here;
    const auto values = numbers(7 * 13 * 5);
    test::write_dataset(here / "x.h5", "/a/b", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {7, 13, 5}, values.data());
    const distproc::hdf5_source<double> source{here / "x.h5", "/a/b"};
    {
        const auto opened = source.open();
        CHECK(opened.items() == shape{7, 13});
        CHECK(opened.description() == (here / "x.h5:/a/b"));
        CHECK(opened.files() == std::vector<std::string>{here / "x.h5"});
        CHECK(opened.staging_bytes(3) == 3 * 5 * sizeof(double));
    }
    CHECK(distproc::hdf5_source<double>{here / "x.h5", "a/b"}.open().items() == shape{7, 13});

    test::write_dataset(here / "x.h5", "/line", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {35}, values.data());
    CHECK(distproc::hdf5_source<double>{here / "x.h5", "/line"}.open().items().empty()); // one item: the whole line
    CHECK(test::drain(distproc::hdf5_source<double>{here / "x.h5", "/line"}, 1,
                      [](std::size_t, auto item) { CHECK(item.size() == 35); }) == 35 * sizeof(double));
}

TEST_CASE("every element can be an item") {
    const test::folder here;
    const auto values = numbers(7 * 13);
    test::write_dataset(here / "x.h5", "/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {7, 13}, values.data());
    const distproc::hdf5_elements<double> source{here / "x.h5", "/x"};
    CHECK(source.open().items() == shape{7, 13});
    std::vector<double> seen(values.size());
    test::drain(source, 10, [&](std::size_t k, const double& item) { seen[k] = item; });
    CHECK(seen == values);

    const double alone = 2.5;
    test::write_dataset(here / "x.h5", "/alone", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {}, &alone);
    std::size_t count = 0;
    test::drain(distproc::hdf5_elements<double>{here / "x.h5", "/alone"}, 4, [&](std::size_t, const double& item) {
        ++count;
        CHECK(item == alone);
    });
    CHECK(count == 1);
}

TEST_CASE("datasets without elements are sources without items, or of empty items") {
    const test::folder here;
    test::write_dataset(here / "x.h5", "/none", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {0, 5}, nullptr);
    test::write_dataset(here / "x.h5", "/empty", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {3, 0}, nullptr);
    test::write_dataset(here / "x.h5", "/later", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {4, 0, 2}, nullptr, {{2, 2, 2}, 0});
    CHECK(test::drain(distproc::hdf5_source<double>{here / "x.h5", "/none"}, 8, [](std::size_t, auto) { FAIL(""); }) ==
          0);
    CHECK(test::drain(distproc::hdf5_elements<double>{here / "x.h5", "/later"}, 8,
                      [](std::size_t, double) { FAIL(""); }) == 0);
    std::size_t items = 0;
    test::drain(distproc::hdf5_source<double>{here / "x.h5", "/empty"}, 8, [&](std::size_t, auto item) {
        ++items;
        CHECK(item.empty());
    });
    CHECK(items == 3);
}

TEST_CASE("large blocks of transposed items are read in pieces") {
    const test::folder here;
    const shape extents{12, 300, 301}; // 8.7 MB: more than one piece of the transposing buffer
    const auto values = numbers(distproc::volume(extents));
    test::write_dataset(here / "x.h5", "/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {12, 300, 301}, values.data());
    check_items(here / "x.h5", extents, {1, 2}, 300 * 301);
    check_items(here / "x.h5", extents, {2, 1}, 300 * 301);
}

TEST_CASE("chunks that are runs of items are told, and others not") {
    const auto run = [](const shape& items, const shape& chunk) {
        return distproc::detail::run_in_chunk(items, chunk, items.size());
    };
    CHECK(run({100}, {16}) == 16);
    CHECK(run({100}, {200}) == 100);
    CHECK(run({20, 30}, {4, 30}) == 120);
    CHECK(run({20, 30}, {4, 64}) == 120);
    CHECK(run({20, 30}, {1, 10}) == 10);
    CHECK(run({20, 30}, {1, 8}) == 0); // the second row's do not begin at a multiple
    CHECK(run({20, 30}, {2, 10}) == 0);
    CHECK(run({5, 6, 7}, {1, 3, 7}) == 21);
    CHECK(run({5, 6, 7}, {1, 4, 7}) == 0);
    CHECK(run({5, 6, 7}, {3, 6, 7}) == 126);
    CHECK(run({}, {}) == 1);
    CHECK(distproc::detail::run_in_chunk({20, 30, 8}, {4, 30, 8}, 2) == 120);
    CHECK(distproc::detail::run_in_chunk({20, 30, 8}, {4, 30, 9}, 2) == 120);
    CHECK(distproc::detail::run_in_chunk({20, 30, 8}, {4, 30, 7}, 2) == 0);
    CHECK(distproc::detail::run_in_chunk({20, 30, 8}, {1, 1, 4}, 2) == 0);

    const test::folder here;
    const std::string file = here / "chunks.h5";
    const auto values = numbers(160);
    const auto write = [&](const std::string& path, const test::dataset_options& how) {
        test::write_dataset(file, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {20, 8}, values.data(), how);
    };
    write("/rows", {.chunk = {6, 8}});
    write("/parts", {.chunk = {6, 4}});
    write("/whole", {});
    const auto run_of = [&](const std::string& path, distproc::item_axes axes = {}) {
        return distproc::run_items_of(distproc::hdf5_source<double>{file, path, axes}.open());
    };
    CHECK(run_of("/rows") == 6);
    CHECK(run_of("/parts") == 1); // an item is in two chunks
    CHECK(run_of("/whole") == 1);
    CHECK(run_of("/rows", {1}) == 1);
    CHECK(distproc::reads_concurrently(distproc::hdf5_source<double>{file, "/whole"}.open()));
    CHECK_FALSE(distproc::reads_concurrently(distproc::hdf5_source<double>{file, "/rows"}.open())); // through HDF5
    CHECK_FALSE(distproc::reads_concurrently(distproc::hdf5_source<float>{file, "/whole"}.open())); // converts
}

TEST_CASE("selections and zips of HDF5 sources") {
    const test::folder here;
    const auto values = numbers(9 * 4 * 3);
    test::write_dataset(here / "x.h5", "/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {9, 4, 3}, values.data());
    const distproc::hdf5_source<double> all{here / "x.h5", "/x"};
    const auto first_of = [&](std::size_t item) { return values[item * 3]; };

    std::size_t seen = 0;
    test::drain(distproc::select(all, 5, 20), 7, [&](std::size_t k, std::span<const double> item) {
        ++seen;
        CHECK(item[0] == first_of(5 + k));
        CHECK(item.size() == 3);
    });
    CHECK(seen == 20);

    const std::vector<std::size_t> list{35, 0, 1, 2, 3, 17, 16, 17, 18};
    test::drain(distproc::select(all, list), 4,
                [&](std::size_t k, std::span<const double> item) { CHECK(item[0] == first_of(list[k])); });

    const distproc::hdf5_source<float> floats{here / "x.h5", "/x"};
    const std::vector<int> labels = [] {
        std::vector<int> v(36);
        std::iota(v.begin(), v.end(), 0);
        return v;
    }();
    const auto zipped = distproc::zip_source(all, labels, floats);
    CHECK(zipped.open().items() == shape{9, 4});
    CHECK(zipped.open().files().size() == 2);
    const std::size_t bytes = test::drain(zipped, 5, [&](std::size_t k, auto item) {
        const auto& [spectrum, label, same] = item;
        CHECK(label == static_cast<int>(k));
        CHECK(spectrum[0] == first_of(k));
        CHECK(same[2] == static_cast<float>(values[3 * k + 2]));
        CHECK(reinterpret_cast<std::uintptr_t>(same.data()) % 4 == 0);
    });
    CHECK(bytes == 2 * values.size() * sizeof(double)); // the file holds doubles for both
}

TEST_CASE("sources in several threads at once") {
    const test::folder here;
    const auto values = numbers(40 * 30 * 8);
    const std::size_t threads = 4;
    for (std::size_t k = 0; k < threads; ++k) {
        test::write_dataset(here / ("x" + std::to_string(k % 2) + ".h5"), "/x" + std::to_string(k), H5T_IEEE_F64BE,
                            H5T_NATIVE_DOUBLE, {40, 30, 8}, values.data());
    }
    std::vector<std::size_t> wrong(threads, 0);
    std::vector<std::thread> at_work;
    for (std::size_t k = 0; k < threads; ++k) {
        at_work.emplace_back([&, k] {
            for (int round = 0; round < 20; ++round) {
                const distproc::hdf5_source<double> source{here / ("x" + std::to_string(k % 2) + ".h5"),
                                                           "/x" + std::to_string(k)};
                test::drain(source, 50, [&](std::size_t item, std::span<const double> spectrum) {
                    wrong[k] += spectrum[3] == values[item * 8 + 3] ? 0 : 1;
                });
                wrong[k] += test::thrown_by([&] {
                                (void)distproc::hdf5_source<double>{here / "x0.h5", "/none"}.open();
                            }).empty()
                                ? 1
                                : 0;
            }
        });
    }
    for (std::thread& one : at_work) {
        one.join();
    }
    CHECK(wrong == std::vector<std::size_t>(threads, 0));
}
