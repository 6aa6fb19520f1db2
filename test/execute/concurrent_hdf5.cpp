// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Several threads call execute at once with HDF5 files: its library is not thread-safe, so one lock guards it.
#include "execute/concurrent.hpp"
#include "execute/cross_hdf5.hpp"
#include <distproc/executor/serial.hpp>
#include <distproc/executor/tbb.hpp>

#include <string>

namespace {

template <class Executor>
void from_and_to_files(const Executor& on) {
    const test::rows& in = test::inputs()[1];
    const test::files in_files(on.make_team(), in);
    const auto& expected = in.plain_loop(false, false);
    test::at_once(8, [&](int caller, int time) {
        test::hdf5_output<test::finding> output(in_files.path() + std::to_string(caller) + "-" + std::to_string(time) +
                                                "-");
        (void)execute(distproc::hdf5_source<double>{in_files.input(), "/rows"}, test::by_item{}, on, output.next(),
                      test::quiet());
        const distproc::h5::guard lock; // the test reads with the same library
        return test::differing(output.read(), expected) == 0;
    });
}

} // namespace

TEST_CASE("several threads read and write HDF5 files at once") {
    SUBCASE("serial_executor") { from_and_to_files(distproc::serial_executor{}); }
    SUBCASE("tbb_executor") { from_and_to_files(distproc::tbb_executor{2}); }
}
