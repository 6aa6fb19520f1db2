// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/byte_archive.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct point {
    double x, y;
    friend bool operator==(const point&, const point&) = default;
};

struct survey {
    std::string name;
    std::vector<point> points;
    std::vector<std::string> remarks;
    std::vector<std::vector<std::int16_t>> lines;
    std::array<int, 3> origin{};
    bool closed = false;

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(name) & points& DISTPROC_NAMED(remarks);
        archive& lines& DISTPROC_NAMED(origin) & closed;
    }
    friend bool operator==(const survey&, const survey&) = default;
};

const survey field{"field", {{1, 2}, {3, 4}}, {"", "wet"}, {{1, 2, 3}, {}, {-4}}, {7, 8, 9}, true};

} // namespace

TEST_CASE("values come back, one after the other") {
    std::string bytes;
    distproc::save_bytes(bytes, 1.5);
    distproc::save_bytes(bytes, field);
    distproc::save_bytes(bytes, std::string("end"));

    std::string_view rest = bytes;
    double number = 0;
    survey back;
    std::string end;
    distproc::load_bytes(rest, number);
    distproc::load_bytes(rest, back);
    distproc::load_bytes(rest, end);
    CHECK(number == 1.5);
    CHECK(back == field);
    CHECK(end == "end");
    CHECK(rest.empty());
}

TEST_CASE("bytes that are cut off anywhere are an error") {
    std::string bytes;
    distproc::save_bytes(bytes, field);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CAPTURE(length);
        std::string_view rest = std::string_view(bytes).substr(0, length);
        survey back;
        CHECK_THROWS_WITH_AS(distproc::load_bytes(rest, back), "a message between ranks is cut off", distproc::error);
    }
}
