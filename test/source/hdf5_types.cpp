// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "source/drain.hpp"
#include "support/hdf5_file.hpp"
#include <distproc/core/named.hpp>
#include <distproc/source/hdf5.hpp>

#include <doctest/doctest.h>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

template <class T>
std::vector<T> elements(const std::string& file, const std::string& path) {
    std::vector<T> values;
    test::drain(distproc::hdf5_elements<T>{file, path}, 3,
                [&](std::size_t, const T& value) { values.push_back(value); });
    return values;
}

enum class phase : std::int16_t { none = 0, solid = 4, liquid = -7 };

struct centre {
    double x, y;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x) & distproc::named("y", y);
    }
};

struct star {
    char flag;
    double flux;
    std::int32_t id;
    std::array<float, 3> colour;
    centre at;
    bool good;
    std::complex<double> field;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("id", id) & distproc::named("flux", flux) & distproc::named("colour", colour) &
            distproc::named("at", at) & distproc::named("good", good) & distproc::named("field", field);
    }
};

/// As another program would write it: other order, other widths, big endian, one member more.
struct stored_star {
    double x, y;
    float flux;
    std::int16_t id;
    double colour[3];
    std::int8_t good;
    double real, imag;
    double unused;
};

hid_t stored_type(bool nested, bool big) {
    const hid_t f64 = big ? H5T_IEEE_F64BE : H5T_NATIVE_DOUBLE;
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(stored_star));
    H5Tinsert(type, "flux", HOFFSET(stored_star, flux), big ? H5T_IEEE_F32BE : H5T_NATIVE_FLOAT);
    if (nested) {
        const hid_t at = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(at, "x", 0, f64);
        H5Tinsert(at, "y", 8, f64);
        H5Tinsert(type, "at", 0, at);
        H5Tclose(at);
    } else {
        H5Tinsert(type, "at.x", 0, f64);
        H5Tinsert(type, "at.y", 8, f64);
    }
    H5Tinsert(type, "id", HOFFSET(stored_star, id), big ? H5T_STD_I16BE : H5T_NATIVE_INT16);
    const hsize_t three = 3;
    const hid_t colour = H5Tarray_create2(f64, 1, &three);
    H5Tinsert(type, "colour", HOFFSET(stored_star, colour), colour);
    H5Tclose(colour);
    const hid_t boolean = H5Tenum_create(H5T_NATIVE_INT8);
    const std::int8_t no = 0;
    const std::int8_t yes = 1;
    H5Tenum_insert(boolean, "FALSE", &no);
    H5Tenum_insert(boolean, "TRUE", &yes);
    H5Tinsert(type, "good", HOFFSET(stored_star, good), boolean);
    H5Tclose(boolean);
    const hid_t complex = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(complex, "r", 0, f64);
    H5Tinsert(complex, "i", 8, f64);
    H5Tinsert(type, "field", HOFFSET(stored_star, real), complex);
    H5Tclose(complex);
    H5Tinsert(type, "unused", HOFFSET(stored_star, unused), f64);
    return type;
}

struct no_such_member {
    double brightness;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("brightness", brightness);
    }
};

} // namespace

TEST_CASE_TEMPLATE("numbers of any width and byte order", T, float, double, std::int8_t, std::int16_t, std::int32_t,
                   std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, char, long,
                   unsigned long long) {
    const test::folder here;
    const std::vector<std::int8_t> values{0, 1, 100, 127, 3, 7};
    const std::vector<std::pair<const char*, hid_t>> types{
        {"/i8", H5T_STD_I8LE},      {"/i16be", H5T_STD_I16BE},  {"/i32le", H5T_STD_I32LE},  {"/i64be", H5T_STD_I64BE},
        {"/u8", H5T_STD_U8BE},      {"/u16le", H5T_STD_U16LE},  {"/u32be", H5T_STD_U32BE},  {"/u64le", H5T_STD_U64LE},
        {"/f32be", H5T_IEEE_F32BE}, {"/f32le", H5T_IEEE_F32LE}, {"/f64be", H5T_IEEE_F64BE}, {"/f64le", H5T_IEEE_F64LE}};
    for (const auto& [path, type] : types) {
        const std::string name = path; // clang 15 captures no structured binding
        CAPTURE(name);
        test::write_dataset(here / "x.h5", path, type, H5T_NATIVE_INT8, {2, 3}, values.data());
        if (std::is_integral_v<T> && H5Tget_class(type) == H5T_FLOAT) { // 0.75 must not become 0 in silence
            CHECK(test::contains(test::thrown_by([&] { (void)elements<T>(here / "x.h5", name); }),
                                 "which would cut fractions off; read it as float or double"));
            continue;
        }
        const auto read = elements<T>(here / "x.h5", path);
        CHECK(read == std::vector<T>(values.begin(), values.end()));
    }
}

TEST_CASE("doubles arrive bit for bit from either byte order") {
    const test::folder here;
    const std::vector<double> values{0.1, -0.0, 1e308, 5e-324, std::numeric_limits<double>::infinity()};
    for (const auto& [path, type] : {std::pair{"/be", H5T_IEEE_F64BE}, std::pair{"/le", H5T_IEEE_F64LE}}) {
        test::write_dataset(here / "x.h5", path, type, H5T_NATIVE_DOUBLE, {5}, values.data());
        const auto read = elements<double>(here / "x.h5", path);
        CHECK(std::memcmp(read.data(), values.data(), 5 * sizeof(double)) == 0);
    }
}

TEST_CASE("half precision floats") {
    const test::folder here;
    const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    const std::vector<double> values{0, 0.5, -2.25, 1024, 65504};
    test::write_dataset(here / "x.h5", "/x", half, H5T_NATIVE_DOUBLE, {5}, values.data());
    H5Tclose(half);
    CHECK(elements<double>(here / "x.h5", "/x") == values);
    CHECK(elements<float>(here / "x.h5", "/x") == std::vector<float>{0, 0.5F, -2.25F, 1024, 65504});
}

TEST_CASE("bool and enums") {
    const test::folder here;
    const std::vector<std::int8_t> flags{0, 1, 1, 0, 1};
    const hid_t boolean = H5Tenum_create(H5T_NATIVE_INT8);
    const std::int8_t no = 0;
    const std::int8_t yes = 1;
    H5Tenum_insert(boolean, "FALSE", &no);
    H5Tenum_insert(boolean, "TRUE", &yes);
    test::write_dataset(here / "x.h5", "/bool", boolean, boolean, {5}, flags.data());
    H5Tclose(boolean);
    CHECK(elements<bool>(here / "x.h5", "/bool") == std::vector<bool>{false, true, true, false, true});
    CHECK(elements<int>(here / "x.h5", "/bool") == std::vector<int>{0, 1, 1, 0, 1});
    CHECK(elements<double>(here / "x.h5", "/bool") == std::vector<double>{0, 1, 1, 0, 1});

    const std::vector<int> counts{0, 256, -3, 1, 70000};
    test::write_dataset(here / "x.h5", "/int", H5T_STD_I32BE, H5T_NATIVE_INT, {5}, counts.data());
    CHECK(elements<bool>(here / "x.h5", "/int") == std::vector<bool>{false, true, true, true, true});

    const std::vector<std::int16_t> phases{4, 0, -7};
    test::write_dataset(here / "x.h5", "/phase", H5T_STD_I16BE, H5T_NATIVE_INT16, {3}, phases.data());
    CHECK(elements<phase>(here / "x.h5", "/phase") == std::vector<phase>{phase::solid, phase::none, phase::liquid});
}

TEST_CASE_TEMPLATE("complex numbers, both spellings", T, float, double) {
    const test::folder here;
    const std::vector<std::complex<double>> values{{1, 2}, {-0.5, 0.25}, {0, -8}};
    for (const auto& [path, real, imaginary] : {std::tuple{"/ri", "r", "i"}, std::tuple{"/ri2", "real", "imag"}}) {
        for (const bool big : {false, true}) {
            const hid_t memory = H5Tcreate(H5T_COMPOUND, 16);
            H5Tinsert(memory, real, 0, H5T_NATIVE_DOUBLE);
            H5Tinsert(memory, imaginary, 8, H5T_NATIVE_DOUBLE);
            const hid_t file = H5Tcreate(H5T_COMPOUND, 16);
            H5Tinsert(file, real, 0, big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE);
            H5Tinsert(file, imaginary, 8, big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE);
            const std::string name = path + std::string(big ? "be" : "le");
            test::write_dataset(here / "x.h5", name, file, memory, {3}, values.data());
            H5Tclose(memory);
            H5Tclose(file);
            const auto read = elements<std::complex<T>>(here / "x.h5", name);
            CHECK(read == std::vector<std::complex<T>>{{1, 2}, {T(-0.5), T(0.25)}, {0, -8}});
        }
    }
}

TEST_CASE("compounds by the names of their members") {
    const test::folder here;
    std::vector<stored_star> stars(10);
    for (std::size_t k = 0; k < stars.size(); ++k) {
        const auto v = static_cast<double>(k);
        stars[k] = {v + 0.5,
                    v - 0.5,
                    static_cast<float>(v) * 2,
                    static_cast<std::int16_t>(k),
                    {v, v + 1, v + 2},
                    k % 3 == 0,
                    v * 0.25,
                    -v,
                    1e9};
    }
    for (const bool nested : {true, false}) {
        CAPTURE(nested);
        const hid_t in_memory = stored_type(nested, false);
        const hid_t in_file = stored_type(nested, true);
        const std::string path = nested ? "/nested" : "/dotted";
        test::write_dataset(here / "x.h5", path, in_file, in_memory, {10}, stars.data());
        H5Tclose(in_memory);
        H5Tclose(in_file);
        const auto read = elements<star>(here / "x.h5", path);
        REQUIRE(read.size() == stars.size());
        for (std::size_t k = 0; k < stars.size(); ++k) {
            CHECK(read[k].id == stars[k].id);
            CHECK(read[k].flux == stars[k].flux);
            CHECK(read[k].colour[2] == stars[k].colour[2]);
            CHECK(read[k].at.x == stars[k].x);
            CHECK(read[k].at.y == stars[k].y);
            CHECK(read[k].good == (stars[k].good != 0));
            CHECK(read[k].field == std::complex<double>(stars[k].real, stars[k].imag));
        }
    }

    const auto missing = test::thrown_by([&] {
        (void)distproc::hdf5_elements<no_such_member>{here / "x.h5", "/nested"}.open();
    });
    CHECK(test::contains(missing, "x.h5:/nested' has no member 'brightness'; it holds compound of {flux, at, id"));
    const auto number = test::thrown_by([&] {
        (void)distproc::hdf5_elements<double>{here / "x.h5", "/nested"}.open();
    });
    CHECK(test::contains(number, "cannot be converted to float64; read it with a struct"));
    const auto complex = test::thrown_by([&] {
        (void)distproc::hdf5_elements<std::complex<double>>{here / "x.h5", "/nested"}.open();
    });
    CHECK(test::contains(complex, "compounds of {r, i} or {real, imag}"));
}

TEST_CASE("elements that are arrays") {
    const test::folder here;
    const hsize_t dims[] = {2, 3};
    const hid_t memory = H5Tarray_create2(H5T_NATIVE_INT, 2, dims);
    const hid_t file = H5Tarray_create2(H5T_STD_I32BE, 2, dims);
    std::vector<int> values(24);
    for (std::size_t k = 0; k < values.size(); ++k) {
        values[k] = static_cast<int>(k * k);
    }
    test::write_dataset(here / "x.h5", "/x", file, memory, {4}, values.data());
    H5Tclose(memory);
    H5Tclose(file);
    using matrix = std::array<std::array<double, 3>, 2>;
    const auto read = elements<matrix>(here / "x.h5", "/x");
    REQUIRE(read.size() == 4);
    CHECK(read[3][1][2] == 23 * 23);
    const auto wrong = test::thrown_by([&] {
        (void)distproc::hdf5_elements<std::array<double, 6>>{here / "x.h5", "/x"}.open();
    });
    CHECK(test::contains(wrong, "holds an array of 2 x 3 where an array of 6 is read"));
}
