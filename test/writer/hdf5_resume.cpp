// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "writer/hdf5_resume.hpp"

#include "support/small_disk.hpp"
#include <distproc/core/compute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/writer/node_gather.hpp>

#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using distproc::hdf5_writer;
using distproc::serial_executor;
using test::contains;
using test::raised;
using test::thrown_by;

constexpr std::size_t resumed_count = 3'000;

struct other_version : raised {
    static constexpr int version = 2;
};
struct with_seed {
    double operator()(double x, distproc::context& c) const { return x + c.random().uniform(); }
};

/// Leaves an output of which some is done.
distproc::report begin(const hdf5_writer& to, double stop_at = 1'000) {
    std::stop_source stop;
    raised compute;
    compute.stop = &stop;
    compute.stop_at = stop_at;
    return distproc::execute(test::resume_items(resumed_count), compute, serial_executor{}, to, test::often(stop));
}
template <class Compute = raised>
distproc::report go_on(const hdf5_writer& to, const Compute& compute = {}, distproc::options how = {}) {
    how.show = distproc::progress::off;
    how.block_seconds = 1e-6;
    how.commit_seconds = 0;
    return distproc::execute(test::resume_items(resumed_count), compute, serial_executor{}, to, how);
}

std::size_t failed_of(const std::string& name) {
    const distproc::h5::guard lock;
    const distproc::h5::file file = distproc::h5::open_for_reading(name);
    const distproc::h5::dataset x = distproc::h5::open_dataset(file, name, "/x");
    const auto items = distproc::h5::read_numbers<std::uint64_t>(x, "failed_items");
    const auto named = static_cast<std::size_t>(std::count_if(
        items.begin(), items.end(), [](std::uint64_t item) { return item != distproc::detail::no_failed_item; }));
    CHECK(distproc::h5::read_numbers<std::uint64_t>(x, "failed").at(0) == named);
    return named;
}

} // namespace

TEST_CASE("a run that was stopped goes on where it was: serial_executor") {
    const test::folder here;
    const hdf5_writer one{here / "one.h5", "/x"};
    const hdf5_writer whole{here / "whole.h5", "/x"};
    test::stops_and_goes_on(serial_executor{}, serial_executor{}, one, whole, here / "one.h5", here / "whole.h5", true);
}

TEST_CASE("twenty runs, each stopped after a little") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    std::size_t before = 0;
    for (int k = 1; k <= 20; ++k) {
        const auto r = begin(to, 100.0 * k);
        CHECK(r.items_before == before);
        before += r.items;
        CHECK(r.items > 0);
    }
    CHECK(before < resumed_count);
    CHECK(go_on(to).items == resumed_count - before);
    CHECK(test::wrong_powers(here / "x.h5", resumed_count, 1.5) == 0);
}

TEST_CASE("a run that failed goes on, too") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    raised compute;
    compute.throw_at = 2'000;
    CHECK(contains(thrown_by([&] { (void)go_on(to, compute); }), "no power of it"));
    const auto r = go_on(to);
    CHECK(r.items_before == 2'000);
    CHECK(r.items == 1'000);
    CHECK(test::wrong_powers(here / "x.h5", resumed_count, 1.5) == 0);
}

TEST_CASE("items that failed are tried again by a later run, and only these") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    raised compute;
    compute.throw_at = 17;
    distproc::options skipping;
    skipping.errors.skip = true;
    CHECK(go_on(to, compute, skipping).failed.count == 1);
    const auto still = go_on(to, compute, skipping);
    CHECK(still.items == 1);
    CHECK(still.failed.count == 1);
    CHECK(test::wrong_powers(here / "x.h5", resumed_count, 1.5) == 1);
    CHECK(failed_of(here / "x.h5") == 1);
    const auto r = go_on(to);
    CHECK(r.items == 1);
    CHECK(r.failed.empty());
    CHECK(test::wrong_powers(here / "x.h5", resumed_count, 1.5) == 0);
    CHECK(failed_of(here / "x.h5") == 0);
}

TEST_CASE("other work over the same output is refused, and says what differs") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    (void)begin(to);
    const auto refusal = [&](auto compute) { return thrown_by([&] { (void)go_on(to, compute); }); };
    raised squared;
    squared.power = 2;
    CHECK(contains(refusal(squared), "x.h5' exists, unfinished, and has the results of other work: parameter power: "
                                     "1.5 (float64) there, 2 (float64) "
                                     "now; set replace = true"));
    const std::string other = refusal(other_version{});
    CHECK(contains(other, "compute: test::raised there, "));
    CHECK(contains(other, "version: 1 there, 2 now"));

    auto changed = test::resume_items(resumed_count);
    changed[2'999] = -1;
    const std::string source = thrown_by([&] { (void)distproc::execute(changed, raised{}, serial_executor{}, to); });
    CHECK(contains(source, "source: 3000 items, crc32c "));
    changed.pop_back();
    CHECK(contains(thrown_by([&] { (void)distproc::execute(changed, raised{}, serial_executor{}, to); }),
                   "source: 3000 items, crc32c"));

    const double add = 3;
    const std::string captured = refusal([add](double x) { return x + add; });
    CHECK(contains(captured, "x.h5' exists, marked incomplete"));
    CHECK(contains(captured,
                   "and no run can go on with it, because what the compute depends on cannot be seen (a lambda"));
    CHECK(contains(thrown_by([&] { (void)go_on(hdf5_writer{here / "x.h5", "/y"}); }), "x.h5' exists; set replace"));
    CHECK(go_on(to).items_before > 0); // and nothing was lost
    CHECK(test::wrong_powers(here / "x.h5", resumed_count, 1.5) == 0);
}

TEST_CASE("a seed belongs to the work where items have random numbers") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    distproc::options how;
    (void)go_on(to, with_seed{}, how);
    how.seed = 1;
    CHECK(contains(thrown_by([&] { (void)go_on(to, with_seed{}, how); }), "seed: 0 there, 1 now"));
    const hdf5_writer plain{here / "y.h5", "/x"};
    (void)go_on(plain);
    CHECK(go_on(plain, raised{}, how).items == 0);
}

TEST_CASE("computes that are wrapped: what is inside counts") {
    const test::folder here;
    const auto items = test::resume_items(resumed_count);
    const auto run = [&](const char* name, double factor) {
        const auto empty = distproc::cell<64>([](std::span<const double> in, std::span<double> out) {
            for (std::size_t k = 0; k < in.size(); ++k) {
                out[k] = 2 * in[k];
            }
        });
        (void)distproc::execute(items, empty, serial_executor{}, hdf5_writer{here / name, "/x"});
        CHECK(distproc::execute(items, empty, serial_executor{}, hdf5_writer{here / name, "/x"}).items == 0);
        const auto captures = distproc::cell<64>([factor](std::span<const double> in, std::span<double> out) {
            for (std::size_t k = 0; k < in.size(); ++k) {
                out[k] = factor * in[k];
            }
        });
        return thrown_by([&] {
            (void)distproc::execute(items, captures, serial_executor{}, hdf5_writer{here / name, "/x"});
        });
    };
    CHECK(contains(run("x.h5", 2), "cannot be seen"));
}

TEST_CASE("replace begins again") {
    const test::folder here;
    hdf5_writer to{here / "x.h5", "/x"};
    (void)begin(to);
    to.replace = true;
    CHECK(go_on(to).items == resumed_count);
    CHECK(!fs::exists(here / "x.h5.journal"));
    CHECK(go_on(to).items == resumed_count);
}

TEST_CASE("without its journal, or with that of another output, everything is computed again") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    (void)begin(to);
    fs::remove_all(here / "x.h5.journal");
    CHECK(go_on(to).items == resumed_count);

    const hdf5_writer a{here / "a.h5", "/x"};
    const hdf5_writer b{here / "b.h5", "/x"};
    (void)begin(a);
    (void)begin(b, 2'000);
    fs::remove(here / "a.h5");
    fs::rename(here / "b.h5", here / "a.h5"); // the journal of a says nothing of it
    const auto r = go_on(a);
    CHECK(r.items_before == 0);
    CHECK(test::wrong_powers(here / "a.h5", resumed_count, 1.5) == 0);
}

TEST_CASE("a copied tree goes on") {
    const test::folder here;
    fs::create_directory(here / "one");
    const auto first = begin(hdf5_writer{here / "one/x.h5", "/x"});
    fs::copy(here / "one", here / "two", fs::copy_options::recursive);
    CHECK(go_on(hdf5_writer{here / "two/x.h5", "/x"}).items_before == first.items);
    CHECK(test::wrong_powers(here / "two/x.h5", resumed_count, 1.5) == 0);
}

TEST_CASE("a journal of another version, or none that can be made, is told") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    const auto first = begin(to);
    std::string log;
    for (const auto& entry : fs::directory_iterator(here / "x.h5.journal")) {
        log = entry.path().extension() == ".log" ? entry.path().string() : log;
    }
    const std::string kept = test::all_bytes_of(log);
    REQUIRE(kept.starts_with("DPJ1"));
    std::ofstream(log, std::ios::binary) << "DPJ9" + kept.substr(4);
    CHECK(contains(thrown_by([&] { (void)go_on(to); }), "-0.log' was written by another version of distproc; let"));
    std::ofstream(log, std::ios::binary) << kept;
    CHECK(go_on(to).items_before == first.items);

    std::ofstream(here / "y.h5.journal") << "a file";
    CHECK(contains(thrown_by([&] { (void)go_on(hdf5_writer{here / "y.h5", "/x"}); }), "y.h5.journal/claim' cannot be"));
    CHECK(!fs::exists(here / "y.h5"));
}

TEST_CASE("an output that is being written is refused, by whatever path") {
    const test::folder here;
    fs::create_directory_symlink(here / "", here / "link");
    const hdf5_writer to{here / "x.h5", "/x"};
    distproc::plan what;
    what.grid = distproc::granules({resumed_count});
    what.remaining = distproc::index_set(resumed_count);
    what.result = distproc::describe<double>();
    what.fingerprint = "compute: something\n";
    const std::string process = "process " + std::to_string(::getpid()) + " on ";
    {
        const auto session = to.open<double>(what, distproc::solo_team{});
        for (const char* name : {"x.h5", "link/x.h5"}) {
            const hdf5_writer again{here / name, "/x"};
            const std::string refusal = thrown_by([&] { (void)again.open<double>(what, distproc::solo_team{}); });
            CHECK(contains(refusal, "x.h5' is being written by another run, " + process));
            const hdf5_writer over{here / name, "/x", true};
            CHECK(contains(thrown_by([&] { (void)over.open<double>(what, distproc::solo_team{}); }),
                           "is being written by another run"));
        }
    }
    auto session = to.open<double>(what, distproc::solo_team{}); // it has gone
    const auto by_another_process = [&] {                        // 0: it was refused as it should be
        const pid_t child = ::fork();
        if (child == 0) {
            const std::string refusal = thrown_by([&] { (void)to.open<double>(what, distproc::solo_team{}); });
            ::_exit(contains(refusal, "is being written by another run, " + process) ? 0 : 1);
        }
        int status = -1;
        (void)::waitpid(child, &status, 0);
        return status;
    };
    CHECK(by_another_process() == 0);
    session.finish();
    session.close(distproc::outcome::failed);
    CHECK(by_another_process() != 0);
}

TEST_CASE("replace through a symbolic link, and what cannot be recognised") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    (void)begin(to);
    fs::create_symlink(here / "x.h5", here / "link.h5");
    CHECK(go_on(hdf5_writer{here / "link.h5", "/x", true}).items == resumed_count);
    CHECK(fs::is_symlink(here / "link.h5"));
    CHECK(go_on(to).items == 0);

    (void)begin(hdf5_writer{here / "y.h5", "/x"});
    const double factor = 2;
    (void)go_on(hdf5_writer{here / "y.h5", "/x", true}, [factor](double x) { return factor * x; });
    CHECK(!fs::exists(here / "y.h5.journal"));
}

TEST_CASE("a replacement that cannot be made leaves the journal of what is there") {
    const test::folder here;
    hdf5_writer to{here / "x.h5", "/x"};
    const auto first = begin(to);
    to.replace = true;
    to.attributes = {{"complete", 7}};
    CHECK(contains(thrown_by([&] { (void)go_on(to); }), "attribute 'complete'"));
    CHECK(go_on(hdf5_writer{here / "x.h5", "/x"}).items_before == first.items);
}

TEST_CASE("items of any type, seen or not") {
    struct unseen {
        double x;
    };
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    const std::vector<unseen> items(10, unseen{1});
    const auto run = [&] {
        (void)distproc::execute(
            items, [](const unseen& u) { return u.x; }, serial_executor{}, to);
    };
    run();
    CHECK(contains(thrown_by(run), "the content of the source's items cannot be seen"));
    std::vector<std::string> texts{"a", "b"};
    const auto lengths = [&] {
        return distproc::execute(
            texts, [](const std::string& t) { return t.size(); }, serial_executor{}, hdf5_writer{here / "t.h5", "/x"});
    };
    (void)lengths();
    CHECK(lengths().items == 0);
    texts = {"ab", ""};
    CHECK(contains(thrown_by([&] { (void)lengths(); }), "source: 2 items, crc32c"));
}

TEST_CASE("a full disk loses nothing that was committed") {
    const test::folder here;
    fs::create_directory(here / "disk");
    const test::small_disk disk(here / "disk");
    if (!disk.mounted()) {
        return;
    }
    const auto items = test::resume_items(90'000); // results of 720 kB
    const hdf5_writer to{here / "disk/x.h5", "/x"};
    distproc::options how;
    how.show = distproc::progress::off;
    how.commit_seconds = 0;
    how.memory_bytes = 300'000;
    std::ofstream(here / "disk/filler") << std::string(500'000, ' ');
    CHECK(contains(thrown_by([&] { (void)distproc::execute(items, raised{}, serial_executor{}, to, how); }),
                   "No space left on device"));
    fs::remove(here / "disk/filler");
    const auto r = distproc::execute(items, raised{}, serial_executor{}, to, how);
    CHECK(r.items_before > 0);
    CHECK(r.items + r.items_before == items.size());
    CHECK(test::wrong_powers(here / "disk/x.h5", items.size(), 1.5) == 0);
}

TEST_CASE("a dry run over a begun output says so and changes nothing") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    const auto first = begin(to);
    const std::string bytes = test::all_bytes_of(here / "x.h5");
    ::setenv("DISTPROC_DRY_RUN", "1", 1);
    const auto dry = go_on(to);
    ::unsetenv("DISTPROC_DRY_RUN");
    CHECK(contains(dry.output, "begun by an earlier run"));
    CHECK((test::all_bytes_of(here / "x.h5") == bytes));
    CHECK(go_on(to).items_before == first.items);
}

TEST_CASE("the report counts what earlier runs did") {
    const test::folder here;
    const hdf5_writer to{here / "x.h5", "/x"};
    const auto first = begin(to);
    std::ostringstream text;
    text << go_on(to);
    const std::size_t now = resumed_count - first.items;
    CHECK(text.str().starts_with("done: 3000 of 3000 items (" + std::to_string(now) + " now, " +
                                 std::to_string(first.items) + " by earlier runs) in "));
}

TEST_CASE("seconds between commits that have no meaning") {
    const test::folder here;
    for (const double seconds : {-1.0, std::nan("")}) {
        distproc::options how;
        how.commit_seconds = seconds;
        CHECK(contains(thrown_by([&] {
                           (void)distproc::execute(std::vector<double>(3), raised{}, serial_executor{},
                                                   hdf5_writer{here / "x.h5", "/x"}, how);
                       }),
                       "options::commit_seconds is "));
    }
}
