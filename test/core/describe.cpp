// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/describe.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <vector>

using distproc::describe;
using distproc::element_kind;
using distproc::result_layout;
using distproc::result_member;
using distproc::shape;

namespace {

enum class colour : short { red = 1, green };

struct inner {
    std::int32_t a;
    float b;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(a) & DISTPROC_NAMED(b);
    }
};

struct outer {
    bool valid;
    double x;
    inner nested;
    std::uint8_t small;
    double grid[2][3];
    std::array<std::complex<float>, 2> waves;
    colour paint;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("valid", valid) & DISTPROC_NAMED(x) & DISTPROC_NAMED(nested);
        archive << DISTPROC_NAMED(small) << DISTPROC_NAMED(grid);
        const auto pair = distproc::named("waves", waves);
        archive& pair;
        archive& distproc::named("colour", paint);
    }
};

struct packed_already {
    double a, b;
    std::array<double, 3> c;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(a) & DISTPROC_NAMED(b) & DISTPROC_NAMED(c);
    }
};

struct swapped {
    double a, b;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(b) & DISTPROC_NAMED(a);
    }
};

/// Parts that are neighbours in both forms: 24 + 3 + 16 bytes, with gaps between.
struct pieces {
    double a, b, c;
    char d[3];
    std::complex<double> e;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(a) & DISTPROC_NAMED(b) & DISTPROC_NAMED(c) & DISTPROC_NAMED(d) & DISTPROC_NAMED(e);
    }
};

struct copies_out {
    double x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        double copy = x;
        archive& DISTPROC_NAMED(copy);
    }
};

struct named_twice {
    double x;
    inner y;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(y) & distproc::named("y.b", x);
    }
};

template <int Which>
struct badly_named {
    double x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named(Which == 0 ? "" : "a/b", x);
    }
};

struct no_member {
    double x;
    template <class Archive>
    void serialize(Archive&, unsigned) {}
};

struct described_beside {
    int x;
};
template <class Archive>
void serialize(Archive& archive, described_beside& object, unsigned) {
    archive& distproc::named("x", object.x);
}

/// What pack must do, member by member.
std::vector<std::byte> packed_slowly(const result_layout& layout, const std::byte* objects, std::size_t count) {
    std::vector<std::byte> records(count * layout.packed_bytes);
    for (std::size_t i = 0; i < count; ++i) {
        for (const result_member& m : layout.members) {
            for (std::size_t k = 0; k < m.bytes; ++k) {
                records[i * layout.packed_bytes + m.packed_offset + k] =
                    objects[i * layout.object_bytes + m.offset + k];
            }
        }
    }
    return records;
}

template <class Result>
void check_pack(std::mt19937_64& random) {
    const result_layout layout = describe<Result>();
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
        std::vector<std::byte> objects(count * sizeof(Result));
        for (std::byte& b : objects) {
            b = static_cast<std::byte>(random());
        }
        std::vector<std::byte> records(count * layout.packed_bytes);
        layout.pack(objects.data(), count, records.data());
        CHECK(records == packed_slowly(layout, objects.data(), count));
    }
}

static_assert(distproc::describable<double> && distproc::describable<outer> &&
              distproc::describable<std::array<std::complex<double>, 4>> && distproc::describable<described_beside>);
static_assert(!distproc::describable<std::string> && !distproc::describable<void*> &&
              !distproc::describable<std::vector<double>> && !distproc::describable<long double>);

} // namespace

TEST_CASE("members in the order of serialize, with offsets in the object and in the record") {
    const result_layout layout = describe<outer>();
    CHECK(layout.record);
    CHECK(!layout.packed());
    CHECK(layout.object_bytes == sizeof(outer));
    const std::vector<result_member> wanted{
        {"valid", element_kind::boolean, {}, offsetof(outer, valid), 0, 1},
        {"x", element_kind::float64, {}, offsetof(outer, x), 1, 8},
        {"nested.a", element_kind::int32, {}, offsetof(outer, nested) + offsetof(inner, a), 9, 4},
        {"nested.b", element_kind::float32, {}, offsetof(outer, nested) + offsetof(inner, b), 13, 4},
        {"small", element_kind::uint8, {}, offsetof(outer, small), 17, 1},
        {"grid", element_kind::float64, {2, 3}, offsetof(outer, grid), 18, 48},
        {"waves", element_kind::complex64, {2}, offsetof(outer, waves), 66, 16},
        {"colour", element_kind::int16, {}, offsetof(outer, paint), 82, 2}};
    CHECK(layout.members == wanted);
    CHECK(layout.packed_bytes == 84);
    CHECK(layout == describe<const outer>());
}

TEST_CASE("elements and arrays are one member without a name") {
    const auto number = describe<double>();
    CHECK(!number.record);
    CHECK(number.packed());
    CHECK(number.members == std::vector<result_member>{{"", element_kind::float64, {}, 0, 0, 8}});
    CHECK(describe<bool>().members[0].kind == element_kind::boolean);
    CHECK(describe<colour>().members[0].kind == element_kind::int16);
    CHECK(describe<std::complex<double>>().members ==
          std::vector<result_member>{{"", element_kind::complex128, {}, 0, 0, 16}});
    const auto grid = describe<std::array<std::array<std::int16_t, 3>, 2>>();
    CHECK(grid.members == std::vector<result_member>{{"", element_kind::int16, {2, 3}, 0, 0, 12}});
    CHECK(describe<float[4]>().members[0].extents == shape{4});
    CHECK(describe<std::array<float[3], 2>>().members[0].extents == shape{2, 3});
}

TEST_CASE("serialize beside the class will do") { CHECK(describe<described_beside>().members[0].name == "x"); }

TEST_CASE("packed: no gaps and the same order") {
    CHECK(describe<packed_already>().packed());
    CHECK(!describe<swapped>().packed());
    CHECK(describe<swapped>().packed_bytes == describe<swapped>().object_bytes);
}

TEST_CASE("pack copies every member and nothing else") {
    const auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    check_pack<double>(random);
    check_pack<outer>(random);
    check_pack<packed_already>(random);
    check_pack<swapped>(random);
    check_pack<pieces>(random);
    check_pack<inner>(random);
}

TEST_CASE("padding never gets into a record") {
    const result_layout layout = describe<outer>();
    std::vector<std::byte> first(sizeof(outer), std::byte{0x00});
    std::vector<std::byte> second(sizeof(outer), std::byte{0xff});
    const outer value{true, 1.5, {2, 3.0F}, 4, {{1, 2, 3}, {4, 5, 6}}, {{{1, 2}, {3, 4}}}, colour::green};
    for (auto* bytes : {&first, &second}) {
        for (const result_member& m : layout.members) {
            std::memcpy(bytes->data() + m.offset, reinterpret_cast<const std::byte*>(&value) + m.offset, m.bytes);
        }
    }
    REQUIRE(first != second);
    CHECK(packed_slowly(layout, first.data(), 1) == packed_slowly(layout, second.data(), 1));
    std::vector<std::byte> a(layout.packed_bytes);
    std::vector<std::byte> b(layout.packed_bytes);
    layout.pack(first.data(), 1, a.data());
    layout.pack(second.data(), 1, b.data());
    CHECK(a == b);
}

TEST_CASE("what serialize gets wrong is said with the member's name") {
    CHECK_THROWS_WITH_AS((void)describe<copies_out>(),
                         "member 'copy' of a result does not lie inside it; let serialize name the data member itself, "
                         "not a copy or a reference to something else",
                         distproc::error);
    CHECK_THROWS_WITH_AS((void)describe<named_twice>(),
                         "two members of a result are named 'y.b'; give each its own name", distproc::error);
    CHECK_THROWS_WITH_AS((void)describe<badly_named<0>>(),
                         "a member of a result is named ''; give it a name that is not empty and has no '/'",
                         distproc::error);
    CHECK_THROWS_WITH_AS((void)describe<badly_named<1>>(),
                         "a member of a result is named 'a/b'; give it a name that is not empty and has no '/'",
                         distproc::error);
    CHECK_THROWS_AS((void)describe<no_member>(), distproc::error);
}
