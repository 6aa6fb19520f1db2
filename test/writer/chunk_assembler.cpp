// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Chunks that are put together of runs in random order, by several threads, against a plain loop over all items.
#include "support/folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/core/granules.hpp>
#include <distproc/writer/chunk/encoded.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace chunk_assembler_tests {

namespace {

using distproc::shape;
using distproc::detail::chunk_column;
using bytes = std::vector<std::byte>;
using run = std::pair<std::size_t, std::size_t>; // first item, items

struct identity {
    struct workspace {};
    [[nodiscard]] static workspace make_workspace() { return {}; }
    [[nodiscard]] static std::size_t most_bytes(std::size_t, std::size_t chunk) { return chunk; }
    [[nodiscard]] static distproc::detail::chunk_head
    encode(workspace&, std::size_t column, std::span<const std::byte> chunk, std::span<std::byte> to) {
        std::copy(chunk.begin(), chunk.end(), to.begin());
        distproc::detail::chunk_head head;
        head.bytes = chunk.size();
        head.left_out = static_cast<std::uint32_t>(column % 2);
        return head;
    }
};

/// The chunks that came, and how often.
struct chunks_seen {
    struct one {
        bytes data;
        std::size_t times = 0;
        std::uint32_t left_out = 0;
    };
    std::map<std::pair<std::size_t, std::size_t>, one> all; // column, number
    std::mutex mutex;

    void add(std::span<const std::byte> record) {
        const auto [head, data] = distproc::detail::split_record(record);
        const std::scoped_lock lock(mutex);
        one& each = all[{head.column, static_cast<std::size_t>(head.number)}];
        each.data.assign(data.begin(), data.end());
        ++each.times;
        each.left_out = head.left_out;
    }
};

/// The chunks of one column by a plain loop over the items that were brought.
class plain_chunks {
public:
    struct one {
        bytes data;
        std::size_t items = 0;   ///< that it has
        std::size_t brought = 0; ///< of these
    };

    plain_chunks(shape items, shape chunk, std::size_t item_bytes)
        : items_(std::move(items)), chunk_(std::move(chunk)), item_bytes_(item_bytes) {}

    /// Number of the chunk of an item, and the item's place in it.
    [[nodiscard]] std::pair<std::size_t, std::size_t> place(std::size_t item) const {
        shape at(items_.size());
        for (std::size_t d = items_.size(); d-- > 0;) {
            at[d] = item % items_[d];
            item /= items_[d];
        }
        std::size_t number = 0;
        std::size_t inside = 0;
        for (std::size_t d = 0; d < items_.size(); ++d) {
            number = number * ((items_[d] + chunk_[d] - 1) / chunk_[d]) + at[d] / chunk_[d];
            inside = inside * chunk_[d] + at[d] % chunk_[d];
        }
        return {number, inside};
    }
    void add(std::size_t item, const std::byte* value, bool brought) {
        const auto [number, inside] = place(item);
        one& each = all[number];
        each.data.resize(distproc::volume(chunk_) * item_bytes_);
        ++each.items;
        if (brought) {
            ++each.brought;
            std::memcpy(each.data.data() + inside * item_bytes_, value, item_bytes_);
        }
    }

    std::map<std::size_t, one> all;

private:
    shape items_;
    shape chunk_;
    std::size_t item_bytes_;
};

template <class Random>
std::size_t up_to(Random& random, std::size_t most) {
    return 1 + random() % most;
}

template <class Random>
std::vector<run> random_runs(Random& random, std::size_t first, std::size_t last) {
    std::vector<run> runs;
    const std::size_t longest = 1 + (last - first) / up_to(random, 40);
    while (first < last) {
        const std::size_t length = std::min(last - first, up_to(random, longest));
        runs.emplace_back(first, length);
        first += length;
    }
    return runs;
}

/// The packed record of a result, member by member.
bytes packed(const distproc::result_layout& layout, const std::byte* object) {
    bytes record(layout.packed_bytes);
    for (const auto& m : layout.members) {
        std::memcpy(record.data() + m.packed_offset, object + m.offset, m.bytes);
    }
    return record;
}

/// One random shape with random chunks for each member and for whole records. `kept`: of 100 runs, how many come.
template <class Result, class Make>
void check_random(unsigned seed, unsigned kept, const Make& make, shape items = {}, shape chunk = {}) {
    std::minstd_rand random(seed);
    const distproc::result_layout layout = distproc::describe<Result>();
    if (items.empty()) {
        items.resize(up_to(random, 4));
        const std::size_t most = items.size() == 1 ? 2000 : items.size() == 2 ? 60 : items.size() == 3 ? 14 : 7;
        std::generate(items.begin(), items.end(), [&] { return up_to(random, most); });
    }
    CAPTURE(distproc::to_string(items));
    const std::size_t count = distproc::volume(items);
    std::vector<Result> results(count);
    std::generate(results.begin(), results.end(), [&, k = std::size_t{0}]() mutable { return make(k++); });
    const auto* const objects = reinterpret_cast<const std::byte*>(results.data());

    std::vector<run> runs = random_runs(random, 0, count);
    std::vector<bool> brought(count);
    runs.erase(std::remove_if(runs.begin(), runs.end(), [&](const run&) { return random() % 100 >= kept; }),
               runs.end());
    for (const run& r : runs) {
        std::fill_n(brought.begin() + static_cast<std::ptrdiff_t>(r.first), r.second, true);
    }
    std::shuffle(runs.begin(), runs.end(), random);

    std::vector<chunk_column> columns;
    std::vector<plain_chunks> expected;
    for (std::size_t c = 0; c <= layout.members.size(); ++c) {
        shape cut = chunk;
        if (cut.empty()) {
            for (const std::size_t extent : items) { // some reach beyond the axis, some span it
                cut.push_back(random() % 3 == 0 ? extent : up_to(random, extent + 2));
            }
        }
        const bool record = c == layout.members.size();
        columns.push_back(record ? chunk_column(items, cut, layout) : chunk_column(items, cut, layout.members[c]));
        expected.emplace_back(items, cut, record ? layout.packed_bytes : layout.members[c].bytes);
        CHECK(columns.back().chunk_bytes() ==
              distproc::volume(cut) * (record ? layout.packed_bytes : layout.members[c].bytes));
        for (std::size_t k = 0; k < count; ++k) {
            const std::byte* const object = objects + k * sizeof(Result);
            if (record) {
                expected.back().add(k, packed(layout, object).data(), brought[k]);
            } else {
                expected.back().add(k, object + layout.members[c].offset, brought[k]);
            }
        }
    }

    distproc::detail::chunk_encoder<identity> encoder({}, layout, columns);
    chunks_seen seen;
    std::atomic<std::size_t> next{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t) {
            threads.emplace_back([&] {
                for (std::size_t k = next++; k < runs.size(); k = next++) {
                    encoder.put(runs[k].first,
                                {objects + runs[k].first * sizeof(Result), runs[k].second * sizeof(Result)},
                                runs[k].second, [&](std::span<const std::byte> record) { seen.add(record); });
                }
            });
        }
    }
    std::size_t wrong = 0;
    std::size_t whole = 0;
    std::size_t in_part = 0;
    for (std::size_t c = 0; c < expected.size(); ++c) {
        for (const auto& [number, one] : expected[c].all) {
            const auto at = seen.all.find({c, number});
            const bool is_whole = one.brought == one.items;
            whole += is_whole ? 1 : 0;
            in_part += !is_whole && one.brought != 0 ? 1 : 0;
            wrong += (at != seen.all.end()) == is_whole ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
    CHECK(seen.all.size() == whole);
    encoder.flush([&](std::span<const std::byte> record) { seen.add(record); });
    CHECK(seen.all.size() == whole + in_part);
    for (const auto& [id, one] : seen.all) {
        wrong += one.times == 1 && one.data == expected[id.first].all[id.second].data && one.left_out == id.first % 2
                     ? 0
                     : 1;
        wrong += one.data.size() + sizeof(distproc::detail::chunk_head) <= encoder.most_bytes() ? 0 : 1;
    }
    CHECK(wrong == 0);
    std::size_t again = 0;
    encoder.flush([&](std::span<const std::byte>) { ++again; });
    CHECK(again == 0);
}

double seventh(std::size_t k) { return static_cast<double>(k + 1) / 7; } // never zero, as padding is

unsigned seed_of_run() {
    const unsigned seed = std::random_device{}();
    MESSAGE("seed " << seed);
    return seed;
}

} // namespace

TEST_CASE("every chunk comes once, and holds what a plain loop puts there") {
    const unsigned seed = seed_of_run();
    for (unsigned round = 0; round < 100; ++round) {
        CAPTURE(round);
        check_random<double>(seed + round, 100, seventh);
        check_random<test::mixed>(seed + round, 100, test::mixed_of);
    }
    for (unsigned round = 0; round < 20; ++round) {
        check_random<test::mixed>(seed + round, 100, test::mixed_of, {7, 13}, {4, 4});
        check_random<double>(seed + round, 100, seventh, {8, 12, 5}, {4, 4, 5});
        check_random<double>(seed + round, 100, seventh, {1, 1, 1}, {1, 1, 1});
    }
}

TEST_CASE("chunks of which a part has come are flushed, with zeros elsewhere") {
    const unsigned seed = seed_of_run();
    for (unsigned round = 0; round < 100; ++round) {
        CAPTURE(round);
        check_random<double>(seed + round, 60, seventh);
        check_random<test::mixed>(seed + round, 10 + round % 90, test::mixed_of);
    }
}

TEST_CASE("arrays of a run-time shape are chunks of as many values") {
    const distproc::result_layout layout = distproc::describe_arrays<float>({2, 3});
    std::vector<float> values(6 * 10);
    std::generate(values.begin(), values.end(), [k = 0]() mutable { return static_cast<float>(++k); });
    distproc::detail::chunk_encoder<identity> encoder({}, layout, {chunk_column({10}, {4}, layout.members[0])});
    chunks_seen seen;
    const auto put = [&](std::size_t first, std::size_t items) {
        encoder.put(first, std::as_bytes(std::span(values).subspan(6 * first, 6 * items)), items,
                    [&](std::span<const std::byte> record) { seen.add(record); });
    };
    put(3, 7);
    CHECK(seen.all.size() == 2);
    put(0, 3);
    CHECK(seen.all.size() == 3);
    values.resize(6 * 12); // the last chunk reaches beyond the array
    for (std::size_t number = 0; number < 3; ++number) {
        const auto chunk = std::as_bytes(std::span(values).subspan(24 * number, 24));
        CHECK(seen.all[{0, number}].data == bytes(chunk.begin(), chunk.end()));
    }
}

TEST_CASE("open_chunks() is the most that are open while a granule's items come in their order, or more") {
    CHECK(chunk_column::open_chunks({7, 13}, {4, 4}, {7, 13}) == 4);
    CHECK(chunk_column::open_chunks({50, 50}, {10, 50}, {50, 50}) == 1);
    CHECK(chunk_column::open_chunks({1, 100003}, {1, 4096}, {1, 65536}) == 1);
    CHECK(chunk_column::open_chunks({16, 16, 16}, {4, 4, 4}, {16, 8, 16}) == 8);
    const unsigned seed = seed_of_run();
    std::minstd_rand random(seed);
    for (int round = 0; round < 300; ++round) {
        shape items(up_to(random, 4));
        shape chunk(items.size());
        shape box(items.size());
        for (std::size_t d = 0; d < items.size(); ++d) {
            items[d] = up_to(random, 12);
            chunk[d] = up_to(random, items[d]);
            box[d] = chunk[d] * up_to(random, 3);
        }
        const plain_chunks places(items, chunk, 1);
        const distproc::granules grid(items, box);
        std::map<std::size_t, std::size_t> of_chunk; // items
        for (std::size_t k = 0; k < distproc::volume(items); ++k) {
            ++of_chunk[places.place(k).first];
        }
        std::size_t most = 0;
        for (std::size_t g = 0; g < grid.count(); ++g) {
            std::map<std::size_t, std::size_t> left;
            grid.for_each_run({g, g + 1}, [&](distproc::index_range items_of_run) {
                for (std::size_t k = items_of_run.first; k < items_of_run.last; ++k) {
                    const std::size_t number = places.place(k).first;
                    const auto at = left.try_emplace(number, of_chunk[number]).first;
                    most = std::max(most, left.size());
                    if (--at->second == 0) {
                        left.erase(at);
                    }
                }
            });
            CHECK(left.empty()); // a granule has whole chunks
        }
        CAPTURE(distproc::to_string(items));
        CAPTURE(distproc::to_string(chunk));
        CAPTURE(distproc::to_string(box));
        CHECK(most <= chunk_column::open_chunks(items, chunk, box));
    }
}

TEST_CASE("an error of what takes the records comes through, and the other chunks are not lost") {
    const distproc::result_layout layout = distproc::describe<double>();
    distproc::detail::chunk_encoder<identity> encoder({}, layout, {chunk_column({12}, {4}, layout.members[0])});
    const std::vector<double> values(12, 1.5);
    const auto put = [&](std::size_t first, std::size_t items, auto&& emit) {
        encoder.put(first, std::as_bytes(std::span(values).subspan(first, items)), items, emit);
    };
    const auto full = [](std::span<const std::byte>) { throw std::runtime_error("the disk is full"); };
    std::size_t came = 0;
    const auto count = [&](std::span<const std::byte>) { ++came; };
    put(0, 2, full);
    CHECK(test::thrown_by([&] { put(2, 2, full); }) == "the disk is full");
    CHECK(test::thrown_by([&] { put(8, 4, full); }) == "the disk is full");
    put(4, 3, count);
    put(7, 1, count);
    CHECK(came == 1);
    encoder.flush(count);
    CHECK(came == 1);
}

} // namespace chunk_assembler_tests
