// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
// What execute and run say of wrong arguments.
#include <distproc/distproc.hpp>

#include <list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

const std::vector<double> numbers(10, 1.0);
std::vector<double> results;
double twice(double x) { return 2 * x; }

#if defined(SECTION_not_a_source)
// EXPECT: execute: the first argument is no source; give it a sized random-access range
auto report =
    distproc::execute(std::list<double>{1, 2}, twice, distproc::serial_executor{}, distproc::memory_writer{results});
#endif

#if defined(SECTION_not_an_executor)
// EXPECT: execute: the third argument is no executor; give it serial_executor, tbb_executor, mpi_executor
auto report = distproc::execute(numbers, twice, 4, distproc::memory_writer{results});
#endif

#if defined(SECTION_not_a_writer)
// EXPECT: execute: the fourth argument is no writer for these results; give it memory_writer{results}
auto report = distproc::execute(numbers, twice, distproc::serial_executor{}, results);
#endif

#if defined(SECTION_not_an_observer)
// EXPECT: execute: an argument after the options is no observer; it needs started, computed, waiting and ended
int seen = 0;
auto report = distproc::execute(numbers, twice, distproc::serial_executor{}, distproc::memory_writer{results},
                                distproc::options{}, seen);
#endif

#if defined(SECTION_not_callable)
// EXPECT: execute: the second argument cannot be called with an item of the source; a compute takes (item)
const auto length = [](const std::string& text) { return text.size(); };
auto report = distproc::execute(numbers, length, distproc::serial_executor{}, distproc::memory_writer{results});
#endif

#if defined(SECTION_result_without_members)
// EXPECT: execute: the compute's result cannot be stored; return a number, bool, enum, std::complex
struct pair {
    double a, b;
};
std::vector<pair> pairs;
const auto split = [](double x) { return pair{x, x}; };
auto report = distproc::execute(numbers, split, distproc::serial_executor{}, distproc::memory_writer{pairs});
#endif

#if defined(SECTION_list_of_texts)
// EXPECT: execute: the compute's result cannot be stored; return a number, bool, enum, std::complex
// EXPECT: or a std::vector of numbers, enums or std::complex (of char instead of bool)
std::vector<std::vector<std::string>> lists;
const auto words = [](double) { return std::vector<std::string>(3); };
auto report = distproc::execute(numbers, words, distproc::serial_executor{}, distproc::memory_writer{lists});
#endif

#if defined(SECTION_list_of_bools)
// EXPECT: execute: the compute's result cannot be stored; return a number, bool, enum, std::complex
// EXPECT: or a std::vector of numbers, enums or std::complex (of char instead of bool)
std::vector<std::vector<bool>> lists;
const auto flags = [](double x) { return std::vector<bool>(3, x > 0); };
auto report = distproc::execute(numbers, flags, distproc::serial_executor{}, distproc::memory_writer{lists});
#endif

#if defined(SECTION_list_view_returned)
// EXPECT: execute: the compute returns a list_view, which points to memory that is not the result's own; return a
std::vector<std::vector<double>> lists;
const auto look = [](double) { return distproc::list_view<double>{numbers.data(), numbers.size()}; };
auto report = distproc::execute(numbers, look, distproc::serial_executor{}, distproc::memory_writer{lists});
#endif

#if defined(SECTION_lists_of_another_type)
// EXPECT: memory_writer's container holds another type than the compute returns
std::vector<std::vector<float>> lists;
const auto grow = [](double x) { return std::vector<double>(3, x); };
auto report = distproc::execute(numbers, grow, distproc::serial_executor{}, distproc::memory_writer{lists});
#endif

#if defined(SECTION_lists_to_a_reduction)
// EXPECT: execute: the writer takes no results of variable length, and the compute returns a std::vector; give it
distproc::sum<double> total;
const auto grow = [](double x) { return std::vector<double>(3, x); };
auto report = distproc::execute(numbers, grow, distproc::serial_executor{}, distproc::reduce_writer{total});
#endif

#if defined(SECTION_lists_to_a_reduction_in_node_gather)
// EXPECT: execute: the writer takes no results of variable length, and the compute returns a std::vector; give it
distproc::sum<double> total;
const auto grow = [](double x) { return std::vector<double>(3, x); };
auto report = distproc::execute(numbers, grow, distproc::serial_executor{},
                                distproc::node_gather{distproc::reduce_writer{total}});
#endif

#if defined(SECTION_cell_of_lists)
// EXPECT: execute: a cell compute cannot have results of variable length; take one item at a time and return a
std::vector<std::vector<double>> lists;
const auto kernel = distproc::cell<4>([](std::span<const double>, std::span<std::vector<double>>) {});
auto report = distproc::execute(numbers, kernel, distproc::serial_executor{}, distproc::memory_writer{lists});
#endif

#if defined(SECTION_lists_to_a_session_with_one_writer)
// EXPECT: execute: the writer's session cannot take results of variable length: they live only until the worker's next
struct late_writer {
    static constexpr std::string_view name = "late";
    static constexpr bool takes_lists = true;
    template <class Result>
    struct session : distproc::null_writer::session<Result> {
        static constexpr bool concurrent = false;
    };
    template <class Result, class Team>
    session<Result> open(const distproc::plan&, const Team&) const {
        return {};
    }
};
const auto grow = [](double x) { return std::vector<double>(3, x); };
auto report = distproc::execute(numbers, grow, distproc::serial_executor{}, late_writer{});
#endif

#if defined(SECTION_container_of_another_type)
// EXPECT: memory_writer's container holds another type than the compute returns
std::vector<float> floats;
auto report = distproc::execute(numbers, twice, distproc::serial_executor{}, distproc::memory_writer{floats});
#endif

#if defined(SECTION_run_without_executor)
// EXPECT: run: the template argument is no executor; name serial_executor, tbb_executor, mpi_executor<>
int code = distproc::run<int>(0, nullptr, [](auto&) { return 0; });
#endif

#if defined(SECTION_run_without_job)
// EXPECT: run: the function cannot be called with a distproc::job&; write [](auto& job) { ... return report; }
int code = distproc::run<distproc::serial_executor>(0, nullptr, [] { return 0; });
#endif

#if defined(SECTION_run_returns_text)
// EXPECT: run: the function returns neither a report, nor an exit code, nor nothing; write [](auto& job)
int code = distproc::run<distproc::serial_executor>(0, nullptr, [](auto&) { return std::string("done"); });
#endif

#if defined(SECTION_any_executor_of_another_type)
// EXPECT: any_executor: a template argument is no executor; name serial_executor, tbb_executor, mpi_executor<>
distproc::any_executor<int> on;
#endif

#if defined(SECTION_any_executor_of_none)
// EXPECT: any_executor: name the executors to choose from, the default first
distproc::any_executor<> on;
#endif

#if defined(SECTION_container_that_is_no_array)
// EXPECT: memory_writer: the argument cannot hold the results; give it a std::vector or std::span of the compute's
std::list<double> list;
auto writer = distproc::memory_writer{list};
#endif

#if defined(SECTION_container_that_is_a_number)
// EXPECT: memory_writer: the argument cannot hold the results; give it a std::vector or std::span of the compute's
int number = 0;
auto writer = distproc::memory_writer{number, distproc::results_on::every_rank};
#endif

#if defined(SECTION_cell_with_auto)
// EXPECT: cell: the callable must name the types of its parameters, be const and return nothing; write
auto kernel = distproc::cell<256>([](auto in, auto out) { out[0] = in[0]; });
#endif

#if defined(SECTION_cell_of_a_function)
// EXPECT: cell: the callable must name the types of its parameters, be const and return nothing; write
auto kernel = distproc::cell<256>(&twice);
#endif

int main() {
    return static_cast<int>(
        distproc::execute(numbers, twice, distproc::serial_executor{}, distproc::memory_writer{results}).exit_code());
}

#if defined(SECTION_accumulator_of_another_type)
// EXPECT: reduce_writer: the accumulator cannot take the compute's results; it needs add(result)
struct words {
    std::string all;
    void add(const std::string& word) { all += word; }
    void merge(const words& later) { all += later.all; }
    void clear() { all.clear(); }
};
words found;
auto report = distproc::execute(numbers, twice, distproc::serial_executor{}, distproc::reduce_writer{found});
#endif

#if defined(SECTION_arrays_of_a_template)
// EXPECT: arrays: the callable must name the types of its parameters and be const; write
const auto fill = distproc::arrays({3}, [](const auto&, auto) {});
#endif

#if defined(SECTION_sum_of_structs)
// EXPECT: reduce_writer: the accumulator cannot take the compute's results; it needs add(result)
struct single {
    double a;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(a);
    }
};
distproc::sum<double> total;
const auto wrap = [](double x) { return single{x}; };
auto report = distproc::execute(numbers, wrap, distproc::serial_executor{}, distproc::reduce_writer{total});
#endif

#if defined(SECTION_shape_without_span)
// EXPECT: execute: the compute has result_shape, but cannot be called with (item, span of elements)
struct shaped {
    using result_type = double;
    distproc::shape result_shape() const { return {3}; }
    double operator()(double x) const { return x; }
};
auto report = distproc::execute(numbers, shaped{}, distproc::serial_executor{}, distproc::memory_writer{results});
#endif

#if defined(SECTION_array_beside_a_number)
// EXPECT: execute: the compute fills an array, and what it returns cannot be stored beside it; return nothing
const auto fill = distproc::arrays({3}, [](const double& x, std::span<double> out) { return out[0] = x; });
auto report = distproc::execute(numbers, fill, distproc::serial_executor{}, distproc::null_writer{});
#endif

#if defined(SECTION_array_and_members_in_memory)
// EXPECT: memory_writer: the compute returns members beside its array, which no vector of one type can hold
struct sized {
    double size;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(size);
    }
};
const auto fill = distproc::arrays({3}, [](const double& x, std::span<double>) { return sized{x}; });
auto report = distproc::execute(numbers, fill, distproc::serial_executor{}, distproc::memory_writer{results});
#endif

#if defined(SECTION_sum_of_array_and_members)
// EXPECT: reduce_writer: the compute fills arrays; return one value of each item
struct sized {
    double size;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(size);
    }
};
struct count {
    std::size_t all = 0;
    void add(const auto&) { ++all; }
    void merge(const count& later) { all += later.all; }
    void clear() { all = 0; }
};
count number;
const auto fill = distproc::arrays({3}, [](const double& x, std::span<double>) { return sized{x}; });
auto report = distproc::execute(numbers, fill, distproc::serial_executor{}, distproc::reduce_writer{number});
#endif

#if defined(SECTION_transform_into_nothing)
// EXPECT: transform: the third argument goes away with the call; give it a variable, or a std::span
auto report = distproc::transform(distproc::serial_executor{}, numbers, std::vector<double>(), twice);
#endif
