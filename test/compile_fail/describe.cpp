// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
// What a result and the parameters of a compute may not be.
#include <distproc/core/describe.hpp>
#include <distproc/core/parameters.hpp>

#include <string>
#include <vector>

#if defined(SECTION_member_without_name)
// EXPECT: every member of a result needs a name: archive & distproc::named("x", x)
struct result {
    double x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& x;
    }
};
auto layout = distproc::describe<result>();
#endif

#if defined(SECTION_pointer_member)
// EXPECT: a member of a result must be a number, bool, enum, std::complex<float or double>, a fixed-size array of these
struct result {
    double* x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x);
    }
};
auto layout = distproc::describe<result>();
#endif

#if defined(SECTION_string_member)
// EXPECT: a result must be trivially copyable, because it travels between ranks as bytes
struct result {
    std::string x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x);
    }
};
auto layout = distproc::describe<result>();
#endif

#if defined(SECTION_vector)
// EXPECT: a result must be trivially copyable, because it travels between ranks as bytes
auto layout = distproc::describe<std::vector<double>>();
#endif

#if defined(SECTION_no_default_constructor)
// EXPECT: a result must be default constructible: give it a constructor without arguments
struct result {
    explicit result(double value) : x(value) {}
    double x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x);
    }
};
auto layout = distproc::describe<result>();
#endif

#if defined(SECTION_no_serialize)
// EXPECT: a result must be a number, a fixed-size array of numbers, or a struct that names its members: template <class
struct result {
    double x;
};
auto layout = distproc::describe<result>();
#endif

#if defined(SECTION_private_serialize)
// EXPECT: a result must be a number, a fixed-size array of numbers, or a struct that names its members: template <class
class result {
    double x = 0;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x);
    }
};
auto layout = distproc::describe<result>();
#endif

#if defined(SECTION_parameter_without_name)
// EXPECT: every parameter of a compute needs a name: archive & distproc::named("x", x)
struct compute {
    double x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& x;
    }
};
auto parameters = distproc::parameters_of(compute{});
#endif

#if defined(SECTION_parameter_pointer)
// EXPECT: a parameter of a compute must be a number, a text, an array, std::vector or std::span of numbers
struct compute {
    double* x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x);
    }
};
auto parameters = distproc::parameters_of(compute{});
#endif

struct good_result {
    double x;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x);
    }
};

int main() { return distproc::describe<good_result>().members.size() == 1 ? 0 : 1; }
