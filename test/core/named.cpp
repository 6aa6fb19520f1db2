// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/named.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

/// Knows no names, as a binary archive.
struct doubling_archive {
    template <class T>
    doubling_archive& operator&(T& value) {
        value += value;
        return *this;
    }
};

struct numbers {
    int a = 1;
    double b = 2;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(a) & distproc::named("bee", b);
    }
};

/// Knows names.
struct listing_archive {
    using takes_names = void;
    std::string names;
    template <class T>
    listing_archive& operator&(const distproc::named_value<T>& pair) {
        names.append(pair.name()).append(" ");
        return *this;
    }
};

struct outside {
    int value = 0;
};
template <class Archive>
void serialize(Archive& archive, outside& object, unsigned) {
    archive& distproc::named("value", object.value);
}

} // namespace

TEST_CASE("named refers to the member") {
    double x = 1.5;
    const auto pair = distproc::named("x", x);
    CHECK(pair.name() == std::string("x"));
    CHECK(&pair.value() == &x);
    CHECK(&pair.const_value() == &x);
    const int c = 3;
    CHECK(distproc::named("c", c).value() == 3);
    double rows[2][3] = {};
    CHECK(&DISTPROC_NAMED(rows).value() == &rows);
    CHECK(DISTPROC_NAMED(rows).name() == std::string("rows"));
}

TEST_CASE("an archive that knows names is given them, another one the values") {
    numbers n;
    listing_archive list;
    distproc::detail::visit_members(list, n);
    CHECK(list.names == "a bee ");
    doubling_archive twice;
    distproc::detail::visit_members(twice, n);
    CHECK(n.a == 2);
    CHECK(n.b == 4);
}

TEST_CASE("serialize may be a function beside the class") {
    outside o;
    listing_archive list;
    distproc::detail::visit_members(list, o);
    CHECK(list.names == "value ");
    CHECK(!distproc::detail::visitable<int, listing_archive>);
    CHECK(!distproc::detail::visitable<std::string, listing_archive>);
}
