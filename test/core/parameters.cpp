// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/parameters.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <span>
#include <utility>

using distproc::element_kind;
using distproc::parameter;
using distproc::parameters_of;
using distproc::shape;

namespace {

struct step {
    int length = 3;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(length);
    }
};

enum class loss : unsigned char { square, cauchy };

struct everything {
    double tolerance = 1e-3;
    bool robust = true;
    loss kind = loss::cauchy;
    std::string method = "lm";
    const char* note = "by hand";
    std::vector<double> voltage{1.5, 2.5};
    std::vector<bool> mask{true, false, true};
    std::span<const float> weights;
    double matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
    step stride;
    std::vector<step> steps{{5}, {6}};
    std::vector<std::string> labels{"a", "b"};
    std::vector<int> none;

    double operator()(double x) const { return x; }
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        static_assert(Archive::is_saving::value);
        archive& DISTPROC_NAMED(tolerance) & DISTPROC_NAMED(robust) & DISTPROC_NAMED(kind) & DISTPROC_NAMED(method);
        archive& DISTPROC_NAMED(note) & DISTPROC_NAMED(voltage) & DISTPROC_NAMED(mask) & DISTPROC_NAMED(weights);
        archive& DISTPROC_NAMED(matrix) & DISTPROC_NAMED(stride) & DISTPROC_NAMED(steps) & DISTPROC_NAMED(labels);
        archive << DISTPROC_NAMED(none);
    }
};

template <class T>
parameter number(std::string name, shape extents, std::vector<T> values) {
    parameter p{std::move(name), distproc::element_kind_of<T>(), std::move(extents), {}, {}, false};
    p.bytes.resize(values.size() * sizeof(T));
    if (!values.empty()) {
        std::memcpy(p.bytes.data(), values.data(), p.bytes.size());
    }
    return p;
}

parameter text(std::string name, std::string value) {
    parameter p;
    p.name = std::move(name);
    p.text = std::move(value);
    p.is_text = true;
    return p;
}

} // namespace

TEST_CASE("parameters by name, in the order of serialize") {
    const std::array<float, 2> weights{0.5F, 0.25F};
    everything compute;
    compute.weights = weights;
    const everything& constant = compute;
    const std::vector<parameter> found = parameters_of(constant);
    const std::vector<parameter> wanted{
        number<double>("tolerance", {}, {1e-3}),
        parameter{"robust", element_kind::boolean, {}, {std::byte{1}}, {}, false},
        number<unsigned char>("kind", {}, {1}),
        text("method", "lm"),
        text("note", "by hand"),
        number<double>("voltage", {2}, {1.5, 2.5}),
        parameter{"mask", element_kind::boolean, {3}, {std::byte{1}, std::byte{0}, std::byte{1}}, {}, false},
        number<float>("weights", {2}, {0.5F, 0.25F}),
        number<double>("matrix", {2, 3}, {1, 2, 3, 4, 5, 6}),
        number<int>("stride.length", {}, {3}),
        number<int>("steps[0].length", {}, {5}),
        number<int>("steps[1].length", {}, {6}),
        text("labels[0]", "a"),
        text("labels[1]", "b"),
        number<int>("none", {0}, {})};
    REQUIRE(found.size() == wanted.size());
    for (std::size_t k = 0; k < wanted.size(); ++k) {
        CAPTURE(wanted[k].name);
        CHECK(found[k].name == wanted[k].name);
        CHECK((found[k] == wanted[k]));
    }
}

TEST_CASE("a compute without serialize has no parameters") {
    CHECK(parameters_of([](double x) { return x; }).empty());
    double (*function)(double) = [](double x) { return x; };
    CHECK(parameters_of(function).empty());
}

TEST_CASE("a text that is a null pointer is empty") {
    everything compute;
    compute.note = nullptr;
    CHECK(parameters_of(compute)[4].text.empty());
}
