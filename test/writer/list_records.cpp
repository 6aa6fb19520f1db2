// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/folder.hpp"
#include "writer/sample_lists.hpp"
#include <distproc/writer/list/fold.hpp>
#include <distproc/writer/list/records.hpp>
#include <distproc/writer/spool.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

using distproc::list_view;
using distproc::detail::list_encoder;
using distproc::detail::list_fold;
using lists = std::vector<std::vector<double>>;

namespace {

using record = std::vector<std::byte>;

struct keep {
    std::vector<record>& records;
    void operator()(std::span<const std::byte> one) const { records.emplace_back(one.begin(), one.end()); }
};

/// Gives an encoder these items, some at a time.
void put(list_encoder<double>& encoder, const lists& all, std::size_t first, std::size_t last, std::size_t at_a_time,
         std::vector<record>& records) {
    for (std::size_t item = first; item < last; item += at_a_time) {
        std::vector<list_view<double>> views;
        for (std::size_t k = item; k < std::min(last, item + at_a_time); ++k) {
            views.push_back({all[k].data(), all[k].size()});
        }
        encoder.put(item, std::as_bytes(std::span(views)), views.size(), keep{records});
    }
}

std::vector<record> records_of(const lists& all, std::size_t at_a_time) {
    list_encoder<double> encoder;
    std::vector<record> records;
    put(encoder, all, 0, all.size(), at_a_time, records);
    encoder.flush(keep{records});
    return records;
}

lists read(list_fold& all) {
    std::vector<double> values(all.values());
    all.for_each_piece([&](std::size_t first, std::span<const std::byte> bytes) {
        REQUIRE(first + bytes.size() / sizeof(double) <= values.size());
        std::memcpy(values.data() + first, bytes.data(), bytes.size());
    });
    lists found;
    for (std::size_t i = 0; i < all.items(); ++i) {
        const auto at = [&](std::size_t k) { return values.begin() + static_cast<std::ptrdiff_t>(all.offsets()[k]); };
        found.emplace_back(at(i), at(i + 1));
    }
    return found;
}

} // namespace

TEST_CASE("lists come back from spools, whatever the order of the records") {
    const std::uint32_t seed = std::random_device()();
    MESSAGE("seed ", seed);
    std::mt19937 random(seed);
    constexpr std::size_t count = 2000;
    const lists all = test::all_lists({seed}, count);
    std::vector<std::size_t> ends{0}; // of blocks of some items, which come in any order
    while (ends.back() < count) {
        ends.push_back(std::min<std::size_t>(count, ends.back() + 1 + random() % 300));
    }
    std::vector<std::size_t> blocks(ends.size() - 1);
    std::iota(blocks.begin(), blocks.end(), std::size_t{0});
    std::shuffle(blocks.begin(), blocks.end(), random);
    list_encoder<double> encoder;
    std::vector<record> records;
    for (const std::size_t block : blocks) {
        put(encoder, all, ends[block], ends[block + 1], 1 + random() % 16, records);
    }
    encoder.flush(keep{records});
    for (const record& one : records) {
        CHECK(one.size() <= list_encoder<double>::most_bytes());
    }
    std::shuffle(records.begin(), records.end(), random);
    const test::folder folder;
    const std::vector<std::string> names{folder / "a", folder / "b", folder / "c"};
    std::vector<distproc::detail::spool_of_output> there;
    {
        std::vector<std::unique_ptr<distproc::detail::spool>> spools;
        for (const std::string& name : names) {
            spools.push_back(std::make_unique<distproc::detail::spool>(name));
        }
        for (const record& one : records) {
            spools[random() % 3]->append(one);
        }
        for (std::size_t k = 0; k < names.size(); ++k) {
            spools[k]->close();
            there.push_back({names[k], spools[k]->bytes()});
        }
        list_fold folded(there, count, sizeof(double));
        CHECK(folded.found() == count);
        CHECK(read(folded) == all);
        ++there[1].bytes;
        CHECK(test::contains(test::thrown_by([&] { (void)list_fold(there, count, sizeof(double)); }),
                             "is not to be seen whole from the process that joins the output"));
    }
    CHECK_FALSE(std::filesystem::exists(names[0]));
}

TEST_CASE("empty lists fill whole records") {
    const lists all(100'000);
    const auto records = records_of(all, 16);
    CHECK(records.size() > 1);
    const test::folder folder;
    distproc::detail::spool to(folder / "a");
    for (const record& one : records) {
        to.append(one);
    }
    list_fold folded({{folder / "a", to.bytes()}}, all.size(), sizeof(double));
    CHECK(folded.found() == all.size());
    CHECK(folded.values() == 0);
    CHECK(read(folded) == all);
}

TEST_CASE("of a list that did not come whole nothing is left") {
    lists all(5, std::vector<double>(3, 1.5));
    all[2].assign(60'000, 2.5); // 4 records
    const auto records = records_of(all, 5);
    REQUIRE(records.size() == 6);
    for (std::size_t lost = 1; lost <= 4; ++lost) {
        CAPTURE(lost);
        const test::folder folder;
        distproc::detail::spool to(folder / "a");
        for (std::size_t k = 0; k < records.size(); ++k) {
            if (k != lost) {
                to.append(records[k]);
            }
        }
        list_fold folded({{folder / "a", to.bytes()}}, all.size(), sizeof(double));
        lists expected = all;
        expected[2].clear();
        CHECK(folded.found() == 4);
        CHECK(read(folded) == expected);
    }
}
