// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
// Structs that name their members by `named` pass through Boost's archives; BOOST_SERIALIZATION_NVP describes results.
#include <distproc/core/describe.hpp>

#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/array.hpp>
#include <boost/serialization/nvp.hpp>
#include <doctest/doctest.h>

#include <sstream>

namespace {

struct ours {
    int a;
    double b;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(a) & DISTPROC_NAMED(b);
    }
};

struct base {
    float left;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& BOOST_SERIALIZATION_NVP(left);
    }
};

struct theirs : base {
    double amplitude;
    int counts[3];
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& BOOST_SERIALIZATION_NVP(amplitude) & BOOST_SERIALIZATION_NVP(counts);
        archive& BOOST_SERIALIZATION_BASE_OBJECT_NVP(base);
        const auto again = boost::serialization::make_nvp("again", amplitude);
        archive << again;
    }
};

} // namespace

TEST_CASE("named members are saved and loaded by a Boost archive") {
    std::stringstream text;
    {
        boost::archive::text_oarchive out(text);
        const ours saved{7, 0.1};
        out << saved;
    }
    boost::archive::text_iarchive in(text);
    ours loaded{};
    in >> loaded;
    CHECK(loaded.a == 7);
    CHECK(loaded.b == 0.1);
}

TEST_CASE("Boost's name-value pairs describe a result") {
    const auto layout = distproc::describe<theirs>();
    REQUIRE(layout.members.size() == 4);
    CHECK(layout.members[0].name == "amplitude");
    CHECK(layout.members[1].name == "counts");
    CHECK(layout.members[1].extents == distproc::shape{3});
    CHECK(layout.members[2].name == "base.left");
    CHECK(layout.members[2].offset == 0);
    CHECK(layout.members[2].packed_offset == 20);
    CHECK(layout.members[3].name == "again");
}
