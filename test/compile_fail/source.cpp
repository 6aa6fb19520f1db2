// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
// What is no source, and who says so.
#include <distproc/distproc.hpp>

#include <cstddef>
#include <list>
#include <ranges>
#include <vector>

const std::vector<double> numbers(10, 1.0);
std::vector<double> results;
double twice(double x) { return 2 * x; }

/// Its iterators can be had from an object that is not const alone, as those of some views.
class only_mutable {
public:
    double* begin() { return values_; }
    double* end() { return values_ + 3; }
    std::size_t size() { return 3; }

private:
    double values_[3]{};
};
static_assert(std::ranges::random_access_range<only_mutable> && std::ranges::sized_range<only_mutable>);
static_assert(!distproc::source<only_mutable> && !distproc::source<only_mutable&>);
static_assert(distproc::source<std::vector<double>&> && distproc::source<const double (&)[3]>);

#if defined(SECTION_zip_of_numbers)
// EXPECT: zip_source: an argument is no source; give it sized random-access ranges (std::vector, std::span,
auto both = distproc::zip_source(1, 2);
#endif

#if defined(SECTION_zip_with_a_list)
// EXPECT: zip_source: an argument is no source; give it sized random-access ranges (std::vector, std::span,
const std::list<double> list;
auto both = distproc::zip_source(numbers, list);
#endif

#if defined(SECTION_select_of_a_number)
// EXPECT: select: the first argument is no source; give it a sized random-access range (std::vector, std::span,
auto part = distproc::select(3, 0, 1);
#endif

#if defined(SECTION_select_from_a_list)
// EXPECT: select: the first argument is no source; give it a sized random-access range (std::vector, std::span,
const std::list<double> list;
auto part = distproc::select(list, std::vector<std::size_t>{1});
#endif

#if defined(SECTION_range_that_is_never_const)
// EXPECT: execute: the first argument is no source; give it a sized random-access range
only_mutable range;
auto report = distproc::execute(range, twice, distproc::serial_executor{}, distproc::memory_writer{results});
#endif

int main() {
    const auto both = distproc::zip_source(numbers, distproc::select(numbers, 0, 10));
    const auto sum = [](double a, double b) { return a + b; };
    return distproc::execute(both, sum, distproc::serial_executor{}, distproc::memory_writer{results}).exit_code();
}

#if defined(SECTION_windows_of_spectra)
// EXPECT: windows: the items of the image must be numbers, or other trivially copyable values, one for each pixel
const std::vector<std::vector<double>> spectra(4);
auto image = distproc::windows(spectra, {3});
#endif

#if defined(SECTION_windows_of_a_list)
// EXPECT: a source must be a sized random-access range
const std::list<double> pixels{1, 2};
auto image = distproc::windows(pixels, {3});
#endif
