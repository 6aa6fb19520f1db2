// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/shared_folder.hpp"
#include "writer/hdf5_resume.hpp"
#include <distproc/executor/mpi.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/writer/node_gather.hpp>

namespace {

using distproc::hdf5_writer;
using mpi = distproc::mpi_executor<>;
using gathered = distproc::node_gather<hdf5_writer>;

template <class Writer>
void over_ranks(const Writer& one, const Writer& whole, const test::shared_folder<distproc::mpi_team>& here) {
    test::stops_and_goes_on(mpi{}, mpi{.how = distproc::schedule::static_}, one, whole, here / "one.h5",
                            here / "whole.h5", here.ranks().rank() == 0);
}

} // namespace

TEST_CASE("a run over ranks goes on where it was: every rank writes") {
    const test::shared_folder here(mpi{}.make_team());
    over_ranks(hdf5_writer{here / "one.h5", "/x"}, hdf5_writer{here / "whole.h5", "/x"}, here);
}

TEST_CASE("a run over ranks goes on where it was: node_gather") {
    const test::shared_folder here(mpi{}.make_team());
    over_ranks(gathered{{here / "one.h5", "/x"}}, gathered{{here / "whole.h5", "/x"}}, here);
}

TEST_CASE("what all ranks began one rank ends, without node_gather, and the other way round") {
    const test::shared_folder here(mpi{}.make_team());
    const bool first = here.ranks().rank() == 0;
    constexpr std::size_t count = 20'000;
    const auto items = test::resume_items(count);
    std::stop_source stop;
    test::raised compute;
    compute.stop = &stop;
    compute.stop_at = 3'000;
    const gathered together{{here / "x.h5", "/x"}};
    const auto a = distproc::execute(items, compute, mpi{}, together, test::often(stop));
    if (first) {
        std::stop_source again;
        compute.stop = &again;
        compute.stop_at = static_cast<double>(count - 1); // the last of what is left
        const auto b =
            distproc::execute(items, compute, distproc::serial_executor{}, together.writer, test::often(again));
        CHECK(b.items_before == a.items);
        CHECK(b.items + a.items == count);
        CHECK(test::wrong_powers(here / "x.h5", count, 1.5) == 0);
    }
    here.ranks().meet([] {});
    std::stop_source never;
    CHECK(distproc::execute(items, test::raised{}, mpi{}, hdf5_writer{here / "x.h5", "/x"}, test::often(never)).items ==
          0);
}

TEST_CASE("other work is refused with the same text on all ranks") {
    const test::shared_folder here(mpi{}.make_team());
    const auto items = test::resume_items(100);
    const hdf5_writer to{here / "x.h5", "/x"};
    std::stop_source never;
    (void)distproc::execute(items, test::raised{}, mpi{}, to, test::often(never));
    test::raised other;
    other.power = 3;
    const std::string text =
        test::thrown_by([&] { (void)distproc::execute(items, other, mpi{}, to, test::often(never)); });
    CHECK(test::contains(text, "parameter power: 1.5 (float64) there, 3 (float64) now"));
    for (const std::string& each : here.ranks().all_gather(text)) {
        CHECK(each == text);
    }
}
