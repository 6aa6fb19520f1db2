// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The check of executors finds what is wrong with executors that have one fault each.
#include "conformance/no_findings.hpp"
#include <distproc/conformance/executor.hpp>
#include <distproc/core/supply.hpp>
#include <distproc/executor/serial.hpp>

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

enum class fault { none, no_worker, worker_twice, place_lost, place_twice, too_many, flags_set, too_wide };

/// A supply with a fault.
class faulty_supply {
public:
    faulty_supply(std::size_t granules, fault what) : inner_(granules, 1), granules_(granules), what_(what) {
        if (what_ == fault::flags_set) {
            inner_.flags().request(distproc::stop_cause::requested);
        }
    }
    distproc::index_range take(std::size_t most) {
        auto places = inner_.take(what_ == fault::too_many ? 5 * most : most);
        if (what_ == fault::place_lost && places.last == granules_ && places.size() != 0) {
            --places.last;
        }
        if (what_ == fault::place_twice && places.first != 0 && places.size() != 0) {
            --places.first;
        }
        return places;
    }
    bool exhausted() const { return inner_.exhausted(); }
    distproc::run_flags& flags() { return inner_.flags(); }
    template <class Idle>
    void finish(Idle&&) {}

private:
    distproc::local_supply inner_;
    std::size_t granules_;
    fault what_;
};

/// One thread, or more where it is too wide.
struct faulty_executor {
    static constexpr std::string_view name = "faulty";
    static constexpr bool overlaps = false;
    using environment = distproc::solo_environment;

    fault what;

    static distproc::solo_team make_team() { return {}; }
    static std::size_t width(const distproc::team auto&) { return 2; }
    faulty_supply supply(const distproc::solo_team&, std::size_t, std::size_t granules) const {
        return {granules, what};
    }
    template <class Body>
    void run(std::size_t width, Body&& body) const {
        for (std::size_t worker = what == fault::no_worker ? 1 : 0; worker < width; ++worker) {
            body(worker);
        }
        if (what == fault::worker_twice) {
            body(0);
        }
        if (what == fault::too_wide) {
            body(width);
        }
    }
};

std::vector<std::string> found(fault what) { return distproc::conformance::check_executor(faulty_executor{what}); }

} // namespace

TEST_CASE("an executor without a fault passes") { test::no_findings(found(fault::none)); }

TEST_CASE("faults of run are found") {
    CHECK(test::says(found(fault::no_worker), "did not call the body once for each worker"));
    CHECK(test::says(found(fault::worker_twice), "did not call the body once for each worker"));
    CHECK(test::says(found(fault::too_wide), "called the body with a worker that is not below the width"));
}

TEST_CASE("faults of supplies are found") {
    const auto lost = found(fault::place_lost);
    CHECK(test::says(lost, "did not give each place exactly once"));
    CHECK(test::says(lost, "the executor's run or supply gave too few or some twice"));
    const auto twice = found(fault::place_twice);
    CHECK(test::says(twice, "did not give each place exactly once"));
    CHECK(test::says(twice, "were computed more than once"));
    CHECK(test::says(found(fault::too_many), "gave more than `most` places"));
    CHECK(test::says(found(fault::flags_set), "the flags of a new supply are set already"));
}
