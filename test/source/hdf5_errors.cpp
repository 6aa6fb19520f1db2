// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "source/drain.hpp"
#include "support/hdf5_file.hpp"
#include <distproc/core/error.hpp>
#include <distproc/source/hdf5.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string opening(const std::string& file, const std::string& path, distproc::item_axes axes = {}) {
    return test::thrown_by([&] { (void)distproc::hdf5_source<double>{file, path, std::move(axes)}.open(); });
}

/// /scan/loops of 4 x 5 x 6, /scan/voltage, /notes (a text).
std::string scan(const test::folder& here) {
    const std::vector<double> values(120, 1.5);
    const std::string file = here / "scan.h5";
    test::write_dataset(file, "/scan/loops", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {4, 5, 6}, values.data());
    test::write_dataset(file, "/scan/voltage", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {6}, values.data());
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 8);
    test::write_dataset(file, "/notes", text, text, {2}, "abcdefghijklmno");
    H5Tclose(text);
    return file;
}

} // namespace

TEST_CASE("nothing happens before open") {
    const distproc::hdf5_source<double> nowhere{"/no/such/file.h5", "/x"};
    const distproc::hdf5_source<double> copy = nowhere;
    CHECK(copy.file.name() == nowhere.file.name());
}

TEST_CASE("files that are missing, no HDF5, or cut off") {
    const test::folder here;
    CHECK(opening(here / "none.h5", "/x") ==
          "file '" + (here / "none.h5") + "' cannot be opened: No such file or directory; check the path");
    CHECK(test::contains(opening(here / "", "/x"), "is a directory, not an HDF5 file"));

    std::ofstream(here / "text.h5") << "voltage,response\n1,2\n";
    CHECK(test::contains(opening(here / "text.h5", "/x"), "text.h5' is not an HDF5 file (21 bytes"));

    const std::string file = scan(here);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 100);
    const std::string text = opening(file, "/scan/loops");
    CAPTURE(text);
    CHECK(test::contains(text, "file '" + file + "' is truncated"));
    CHECK(test::contains(text, "copy it again"));
}

TEST_CASE("datasets that are missing, groups or types") {
    const test::folder here;
    const std::string file = scan(here);
    CHECK(opening(file, "/scan/lops") == "file '" + file +
                                             "' has no dataset '/scan/lops'; did you mean '/scan/loops'? It "
                                             "holds /scan/loops, /scan/voltage, /notes");
    CHECK(test::contains(opening(file, "/completely/different"), "has no dataset '/completely/different'; It holds /"));
    CHECK(test::contains(opening(file, ""), "is a group, not a dataset"));
    CHECK(opening(file, "/scan") == "'" + file +
                                        ":/scan' is a group, not a dataset; name a dataset below it: /scan/loops, "
                                        "/scan/voltage");
    const auto type = opening(file, "/notes");
    CHECK(
        test::contains(type, ":/notes' holds string, which cannot be converted to float64; name a dataset of numbers"));
    const auto bits = test::thrown_by([&] { (void)distproc::hdf5_source<bool>{file, "/scan/loops"}.open(); });
    CHECK(test::contains(bits, "holds float64, but is read as bool"));
}

TEST_CASE("item axes that are not there or named twice") {
    const test::folder here;
    const std::string file = scan(here);
    CHECK(opening(file, "/scan/loops", {1, 3}) ==
          "'" + file +
              ":/scan/loops' has no axis 3: its shape is 4 x 5 x 6, with axes 0 to 2; choose the item axes among "
              "these");
    CHECK(opening(file, "/scan/loops", {1, 1}) ==
          "axis 1 of '" + file + ":/scan/loops' is given twice as an item axis; name each axis once");
}

TEST_CASE("a dataset without a dataspace of its own") {
    const test::folder here;
    const std::string file = scan(here);
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t space = H5Screate(H5S_NULL);
    const hid_t made = H5Dcreate2(id, "/void", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(made);
    H5Sclose(space);
    H5Fclose(id);
    CHECK(test::contains(opening(file, "/void"), "without any elements or axes"));
}

TEST_CASE("a file that is cut off while it is open fails in read, and is named") {
    const test::folder here;
    const std::vector<double> values(100000, 1.0);
    const std::string file = here / "x.h5";
    test::write_dataset(file, "/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {1000, 100}, values.data(), {{100, 100}, 1});
    auto source = distproc::hdf5_source<double>{file, "/x"}.open();
    std::filesystem::resize_file(file, 3000);
    std::vector<double> into(100000);
    const distproc::staging stage{reinterpret_cast<std::byte*>(into.data()), 1000};
    const std::string text = test::thrown_by([&] { source.read(0, 1000, stage, 0); });
    CHECK(test::contains(text, "'" + file + ":/x': H5Dread failed: "));
}

TEST_CASE("a failing call leaves HDF5's own error printing as it was") {
    H5E_auto2_t before = nullptr;
    void* data = nullptr;
    H5Eget_auto2(H5E_DEFAULT, &before, &data);
    CHECK_FALSE(opening("/no/such/file.h5", "/x").empty());
    H5E_auto2_t after = nullptr;
    H5Eget_auto2(H5E_DEFAULT, &after, &data);
    CHECK((before == after)); // doctest cannot print pointers to functions
    const std::string text = test::thrown_by([] {
        const distproc::h5::guard lock;
        distproc::h5::check(H5Fopen("/no/such/file.h5", H5F_ACC_RDONLY, H5P_DEFAULT), "H5Fopen", "/no/such/file.h5");
    });
    CHECK(test::contains(text, "'/no/such/file.h5': H5Fopen failed: unable to open file"));
}
