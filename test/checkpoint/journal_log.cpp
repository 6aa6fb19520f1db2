// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/folder.hpp"
#include <distproc/checkpoint/journal_log.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using distproc::index_range;
using distproc::index_set;
using distproc::detail::journal_log;
using distproc::detail::read_log;

namespace {

constexpr std::size_t journal_items = 100'000;
constexpr std::uint64_t identity = 0x0123456789ABCDEF;

using bytes_of_log = std::vector<std::byte>;

bytes_of_log bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    bytes_of_log all(text.size());
    std::transform(text.begin(), text.end(), all.begin(), [](char c) { return static_cast<std::byte>(c); });
    return all;
}

/// A log of some commits, which tells the truth: items are done in steps of random length.
bytes_of_log truthful_log(const std::string& file, unsigned seed, std::uint64_t whose = identity) {
    std::mt19937 random(seed);
    journal_log log(file, whose);
    std::size_t at = random() % 100;
    for (int commit = 0; commit < 12; ++commit) {
        for (int records = 0; records < 3; ++records) {
            const index_range some{at, at + 1 + random() % 50};
            at = some.last + random() % 3;
            index_set done;
            done.insert(some);
            log.note_done(done);
        }
        log.commit();
    }
    return bytes_of(file);
}

struct understood {
    std::size_t bytes = 0;
    index_set done;
};

understood read(const bytes_of_log& log, std::uint64_t whose = identity, std::size_t items = journal_items) {
    understood found;
    std::vector<index_range> ranges;
    found.bytes = read_log(log, whose, items, ranges);
    for (const index_range range : ranges) {
        found.done.insert(range);
    }
    return found;
}

/// Whether all members of a set are in another one.
bool within(const index_set& part, const index_set& whole) {
    index_set both = whole;
    for (const index_range range : part.ranges()) {
        both.insert(range);
    }
    return both.size() == whole.size();
}

} // namespace

TEST_CASE("what was committed is read") {
    const test::folder here;
    journal_log log(here / "log", identity);
    index_set done;
    done.insert({3, 10});
    done.insert({20, 21});
    log.note_done(done);
    CHECK(read(bytes_of(here / "log")).done.empty()); // not committed
    log.commit();
    done = {};
    done.insert({10, 12});
    log.note_done(done);
    log.commit();
    log.commit(); // nothing new
    const bytes_of_log all = bytes_of(here / "log");
    const understood found = read(all);
    CHECK(found.bytes == all.size());
    CHECK(found.done.ranges() == std::vector<index_range>{{3, 12}, {20, 21}});
    CHECK(read(all, identity + 1).bytes == 0);      // other work
    const understood few = read(all, identity, 15); // an output that has fewer items
    CHECK(few.bytes < all.size());
    CHECK(few.done.empty());
}

TEST_CASE("a torn end counts for nothing, all before it counts") {
    const test::folder here;
    const bytes_of_log all = truthful_log(here / "log", 1);
    const understood whole = read(all);
    CHECK(whole.bytes == all.size());
    std::size_t before = 0;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        const understood found = read(bytes_of_log(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)));
        CHECK(found.bytes <= size);
        CHECK(found.bytes >= before);
        CHECK(within(found.done, whole.done));
        before = found.bytes;
    }
    CHECK(before == all.size());
}

TEST_CASE("damaged logs are never believed") {
    const test::folder here;
    std::random_device any;
    const unsigned seed = any();
    const char* const wanted = std::getenv("DISTPROC_FUZZ");
    const std::size_t tries = wanted == nullptr ? 20'000 : std::strtoull(wanted, nullptr, 10);
    MESSAGE("seed " << seed << ", " << tries << " logs");
    std::mt19937_64 random(seed);
    const bytes_of_log all = truthful_log(here / "log", seed);
    const bytes_of_log other = truthful_log(here / "other", seed + 1, identity ^ (std::uint64_t{1} << random() % 64));
    const index_set truth = read(all).done;
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < tries; ++k) {
        bytes_of_log one = all;
        const auto place = [&](const bytes_of_log& of) {
            return static_cast<std::ptrdiff_t>(random() % (of.size() + 1));
        };
        switch (random() % 6) {
        case 0: // bits flipped
            for (std::uint64_t flips = 1 + random() % 4; flips != 0; --flips) {
                one[random() % one.size()] ^= static_cast<std::byte>(1U << random() % 8);
            }
            break;
        case 1: // cut, and something else behind
            one.resize(static_cast<std::size_t>(place(one)));
            for (std::uint64_t more = random() % 200; more != 0; --more) {
                one.push_back(static_cast<std::byte>(random()));
            }
            break;
        case 2: { // a piece left out
            const std::ptrdiff_t from = place(one);
            one.erase(one.begin() + from, one.begin() + std::min<std::ptrdiff_t>(from + place(one), std::ssize(one)));
            break;
        }
        case 3: { // a piece doubled
            const std::ptrdiff_t from = place(all);
            const std::ptrdiff_t to = std::min<std::ptrdiff_t>(from + place(all), std::ssize(all));
            one.insert(one.begin() + place(one), all.begin() + from, all.begin() + to);
            break;
        }
        case 4: { // goes on as a log of other work, at the same place or another
            const std::ptrdiff_t at = place(one);
            one.resize(static_cast<std::size_t>(at));
            one.insert(one.end(), other.begin() + std::min(at, std::ssize(other)), other.end());
            break;
        }
        default: // a byte set
            one[random() % one.size()] = static_cast<std::byte>(random());
        }
        wrong += within(read(one).done, truth) ? 0 : 1;
    }
    CHECK(wrong == 0);
}
