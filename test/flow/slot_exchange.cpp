// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/flow/slot_exchange.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <thread>
#include <vector>

using slot = distproc::detail::block_slot<double>;
using exchange = distproc::detail::slot_exchange<slot>;

TEST_CASE("a slot joins runs that touch, and keeps its memory") {
    slot s;
    s.add({2, 5});
    s.add({5, 9});
    s.add({11, 12});
    REQUIRE(s.runs.size() == 2);
    CHECK(s.runs[0] == distproc::index_range{2, 9});
    CHECK(s.items == 8);
    s.reserve_input(100);
    CHECK(distproc::is_aligned(s.stage.data));
    CHECK(s.stage.capacity == 8);
    CHECK(distproc::is_aligned(s.reserve_output(8)));
    const auto* memory = s.output();
    s.clear();
    CHECK(s.items == 0);
    s.add({0, 4});
    CHECK(s.reserve_output(4) == memory);
}

TEST_CASE("every block passes from the lane to a worker and back, once") {
    constexpr std::size_t blocks = 20000;
    constexpr std::size_t workers = 3;
    exchange between(4);
    std::atomic<std::size_t> computed_sum = 0;
    std::size_t written_sum = 0;
    std::size_t written = 0;
    std::thread lane([&] {
        std::size_t next = 0;
        bool over = false;
        for (;;) {
            if (next < blocks) {
                if (slot* s = between.try_free()) {
                    s->clear();
                    s->add({next, next + 1});
                    ++next;
                    between.put_ready(s);
                    continue;
                }
            } else if (!over) {
                over = true;
                between.end_input();
            }
            if (slot* s = between.try_computed()) {
                written_sum += s->runs.front().first;
                ++written;
                between.put_free(s);
                continue;
            }
            if (between.drained()) {
                return;
            }
            between.wait_for_work();
        }
    });
    std::vector<std::thread> all;
    for (std::size_t w = 0; w < workers; ++w) {
        all.emplace_back([&] {
            while (slot* s = between.wait_ready()) {
                computed_sum += s->runs.front().first;
                between.put_computed(s);
            }
        });
    }
    for (std::thread& worker : all) {
        worker.join();
    }
    between.workers_left();
    lane.join();
    CHECK(written == blocks);
    CHECK(written_sum == blocks * (blocks - 1) / 2);
    CHECK(computed_sum == written_sum);
}

TEST_CASE("every block passes from a reading lane over a worker to a writing lane, once") {
    constexpr std::size_t blocks = 20000;
    exchange between(4);
    std::size_t most_ready = 0;
    std::thread reader([&] {
        for (std::size_t next = 0; next < blocks;) {
            if (slot* s = between.wait_free(2)) {
                s->clear();
                s->add({next, next + 1});
                ++next;
                between.put_ready(s);
                most_ready = std::max(most_ready, between.ready_count());
            }
        }
        between.end_input();
    });
    std::vector<std::size_t> written;
    std::thread writer([&] {
        for (;;) {
            if (slot* s = between.try_computed()) {
                written.push_back(s->runs.front().first);
                between.put_free(s);
            } else if (between.drained()) {
                return;
            } else {
                between.wait_for_work();
            }
        }
    });
    while (slot* s = between.wait_ready()) {
        between.put_computed(s);
    }
    between.workers_left();
    reader.join();
    writer.join();
    REQUIRE(written.size() == blocks);
    for (std::size_t k = 0; k < blocks; ++k) {
        REQUIRE(written[k] == k); // one worker keeps the order
    }
    CHECK(most_ready <= 2);
}

TEST_CASE("a reading lane learns that no worker is left") {
    exchange between(1);
    slot* only = between.wait_free(1);
    REQUIRE(only != nullptr);
    CHECK(between.wait_free(1) == nullptr); // none is free
    between.put_ready(only);
    CHECK_FALSE(between.abandoned());
    between.workers_left();
    CHECK(between.abandoned());
}

TEST_CASE("the lane ends where workers leave before the input does") {
    exchange between(2);
    slot* s = between.try_free();
    REQUIRE(s != nullptr);
    between.put_ready(s);
    CHECK_FALSE(between.drained());
    between.workers_left(); // nobody will ever take it
    CHECK(between.drained());
}

TEST_CASE("workers that wait are sent home") {
    exchange between(2);
    std::atomic<int> home = 0;
    std::vector<std::thread> workers;
    for (int w = 0; w < 3; ++w) {
        workers.emplace_back([&] { home += between.wait_ready() == nullptr ? 1 : 0; });
    }
    between.end_input();
    for (std::thread& worker : workers) {
        worker.join();
    }
    CHECK(home == 3);
}

TEST_CASE("who may read finds ready blocks first, then free ones, and is sent home too") {
    exchange between(2);
    slot* first = between.try_free();
    between.put_ready(first);
    auto got = between.wait_ready_or_free();
    CHECK(got.ready);
    CHECK(got.slot == first);
    got = between.wait_ready_or_free();
    CHECK_FALSE(got.ready);
    REQUIRE(got.slot != nullptr);
    CHECK(got.slot != first);
    std::atomic<int> home = 0;
    std::vector<std::thread> workers;
    for (int w = 0; w < 2; ++w) { // no slot is free or ready
        workers.emplace_back([&] { home += between.wait_ready_or_free().slot == nullptr ? 1 : 0; });
        workers.emplace_back([&] { home += between.wait_ready() == nullptr ? 1 : 0; });
    }
    between.end_input();
    for (std::thread& worker : workers) {
        worker.join();
    }
    CHECK(home == 4);
}

TEST_CASE("a block that its worker has written is free at once") {
    exchange between(1);
    slot* const first = between.try_free();
    REQUIRE(first != nullptr);
    between.put_ready(first);
    REQUIRE(between.wait_ready() == first);
    between.end_input();
    between.wait_for_work(); // that is news, and is taken in
    CHECK_FALSE(between.drained());
    between.put_done(first);
    CHECK(between.drained());
    CHECK(between.try_free() == first);
    CHECK(between.try_computed() == nullptr);
}

TEST_CASE("lane and workers read, and a free slot is never forgotten") {
    constexpr std::size_t blocks = 20000;
    exchange between(4);
    std::atomic<std::size_t> next = 0;
    std::vector<std::atomic<int>> computed(blocks);
    const auto fill = [&](slot& s) {
        const std::size_t block = next++;
        s.clear();
        s.add({block, block + 1});
        return block < blocks;
    };
    std::thread lane([&] {
        bool over = false;
        while (!between.drained()) {
            if (slot* s = over ? nullptr : between.try_free()) {
                if (fill(*s)) {
                    between.put_ready(s);
                } else {
                    between.put_free(s);
                    over = true;
                    between.end_input();
                }
            }
            if (slot* s = between.try_computed()) {
                ++computed[s->runs.front().first];
                between.put_free(s);
            } else {
                between.wait_for_work();
            }
        }
    });
    std::vector<std::thread> workers;
    std::atomic<std::size_t> read_by_workers = 0;
    for (int w = 0; w < 3; ++w) {
        workers.emplace_back([&] {
            for (;;) {
                auto got = between.wait_ready_or_free();
                if (got.slot != nullptr && !got.ready) {
                    if (fill(*got.slot)) {
                        ++read_by_workers;
                    } else {
                        between.put_free(got.slot);
                        got.slot = between.wait_ready();
                    }
                }
                if (got.slot == nullptr) {
                    return;
                }
                between.put_computed(got.slot);
            }
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    between.workers_left();
    lane.join();
    std::size_t wrong = 0;
    for (const auto& times : computed) {
        wrong += times == 1 ? 0U : 1U;
    }
    CHECK(wrong == 0);
    CHECK(read_by_workers > 0);
}

TEST_CASE("a lane rests until it is asked for, once for all who ask, or until no worker is left") {
    exchange between(3);
    between.ask_for_lane(); // before it rests
    between.ask_for_lane();
    between.rest();
    std::atomic<bool> back = false;
    std::thread lane([&] {
        between.rest();
        back = true;
    });
    slot* const s = between.wait_ready_or_free().slot;
    between.put_ready(s);
    CHECK(between.wait_ready() == s);
    between.put_done(s);
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // for a lane that something else has woken
    CHECK_FALSE(back);
    between.ask_for_lane();
    lane.join();
    lane = std::thread([&] { between.rest(); });
    between.workers_left();
    lane.join();
}
