// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The memory for blocks in flight stays within options::memory_bytes; cells and granules of any length.
#include "flow/sessions.hpp"
#include <distproc/executor/serial.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/null.hpp>

#include <atomic>
#include <cstring>

namespace {

/// Items of 1000 bytes that must be read; notes the largest staging memory that it is given.
struct wide_source {
    std::atomic<std::size_t>* largest;
    std::size_t count = 20000;

    struct opened {
        using item = std::span<const char>;
        std::atomic<std::size_t>* largest;
        std::size_t count;

        [[nodiscard]] distproc::shape items() const { return {count}; }
        [[nodiscard]] static std::size_t staging_bytes(std::size_t capacity) { return 1000 * capacity; }
        [[nodiscard]] static std::string description() { return "wide items"; }
        [[nodiscard]] static std::vector<std::string> files() { return {}; }
        std::size_t read(std::size_t first, std::size_t number, const distproc::staging& s, std::size_t slot) {
            if (s.capacity > *largest) {
                *largest = s.capacity;
            }
            for (std::size_t k = 0; k < number; ++k) {
                std::memset(s.data + (slot + k) * 1000, static_cast<int>((first + k) % 100), 1000);
            }
            return number * 1000;
        }
        [[nodiscard]] item at(std::size_t, const distproc::staging& s, std::size_t slot) const {
            return {reinterpret_cast<const char*>(s.data) + slot * 1000, 1000};
        }
    };
    [[nodiscard]] opened open() const { return {largest, count}; }
};

template <bool Overlaps>
void bounded() {
    test::hooks what;
    std::atomic<std::size_t> largest = 0;
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = 1 << 20;
    const auto report = execute(
        wide_source{&largest}, [](std::span<const char> row) { return row[999]; },
        test::hooked_executor<Overlaps>{&what}, distproc::null_writer{}, how);
    CHECK(report.items == 20000);
    CHECK(report.bytes_read == 20000 * 1000);
    const std::size_t slots = Overlaps ? 2 * 2 + 2 : 2;
    CHECK(largest * (1000 + sizeof(char)) * slots <= how.memory_bytes);
    CHECK(largest * 1000 * slots > how.memory_bytes / 2); // and they make use of it
}

struct with_workspace {
    std::size_t bytes;
    [[nodiscard]] std::size_t workspace_bytes() const { return bytes; }
    char operator()(std::span<const char> row) const { return row[999]; }
};
struct with_constant {
    static constexpr std::size_t workspace_bytes = std::size_t{300} << 10U;
    char operator()(std::span<const char> row) const { return row[999]; }
};

} // namespace

TEST_CASE("blocks in flight stay within the memory that they may use") {
    SUBCASE("workers read for themselves") { bounded<false>(); }
    SUBCASE("an I/O lane reads ahead") { bounded<true>(); }
}

TEST_CASE("blocks leave room for what the calls of the compute need") {
    const auto check = [](const auto& compute, std::size_t workspace) {
        test::hooks what;
        std::atomic<std::size_t> largest = 0;
        distproc::options how;
        how.show = distproc::progress::off;
        how.memory_bytes = 1 << 20;
        const std::size_t left = how.memory_bytes - 2 * workspace; // two workers
        CHECK(execute(wide_source{&largest}, compute, test::hooked_executor<false>{&what}, distproc::null_writer{}, how)
                  .items == 20000);
        CHECK(largest * 1001 * 2 <= left);
        CHECK(largest * 1001 * 2 > left / 2);
    };
    check(with_workspace{std::size_t{400} << 10U}, std::size_t{400} << 10U);
    check(with_constant{}, with_constant::workspace_bytes);
    check(with_workspace{0}, 0);
    struct of_row {
        std::size_t bytes;
        [[nodiscard]] std::size_t workspace_bytes() const { return bytes; }
        void operator()(std::span<const char> row, std::span<char> out) const { out[0] = row[999]; }
    };
    check(distproc::arrays({1}, of_row{std::size_t{400} << 10U}), std::size_t{400} << 10U);

    test::hooks what;
    std::atomic<std::size_t> largest = 0;
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = 1'000'000;
    std::string said;
    try {
        (void)execute(wide_source{&largest}, with_workspace{500'000}, test::hooked_executor<false>{&what},
                      distproc::null_writer{}, how);
    } catch (const distproc::execution_error& e) {
        said = e.message();
    }
    CHECK(said == "the workspace_bytes of the compute, 500 kB for each of 2 workers, do not fit into this rank's 1 MB; "
                  "raise options::memory_bytes, which is for all ranks of a node, or use fewer workers or ranks");
}

TEST_CASE("a budget of next to nothing is an error, not a run of one item at a time") {
    test::hooks what;
    std::atomic<std::size_t> largest = 0;
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = 1;
    std::string said;
    try {
        (void)execute(
            wide_source{&largest}, [](std::span<const char> row) { return row[999]; },
            test::hooked_executor<true>{&what}, distproc::null_writer{}, how);
    } catch (const distproc::execution_error& e) {
        said = e.message();
    }
    CHECK(said == "a granule of 1 item takes 1001 bytes to read and compute, and 6 of them must fit into this rank's 1 "
                  "bytes, a share of options::memory_bytes; raise that 6007-fold or use fewer workers");
}

TEST_CASE("a granule that does not fit into memory is an error that says how to mend it") {
    const auto sums = distproc::cell<4096>([](std::span<const double> in, std::span<double> out) {
        for (std::size_t k = 0; k < in.size(); ++k) {
            out[k] = in[k];
        }
    });
    std::vector<double> results;
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = 1 << 14;
    std::string said;
    try {
        (void)execute(test::numbers(10000), sums, distproc::serial_executor{}, distproc::memory_writer{results}, how);
    } catch (const distproc::execution_error& e) {
        said = e.message();
    }
    CHECK(said == "a granule of 4096 items takes 32768 bytes to read and compute, and 1 of them must fit into this "
                  "rank's 16384 bytes, a share of options::memory_bytes; raise that 3-fold or use fewer workers");
    how.memory_bytes = 1 << 16;
    CHECK(
        execute(test::numbers(10000), sums, distproc::serial_executor{}, distproc::memory_writer{results}, how).items ==
        10000);
    CHECK(results == test::numbers(10000));
}

TEST_CASE("a cell may be longer than the input, or as good as endless") {
    const auto check = [](const auto& compute) {
        for (const std::size_t count : {0U, 1U, 5U, 1000U}) {
            std::vector<double> results;
            distproc::options how;
            how.show = distproc::progress::off;
            how.memory_bytes = 1 << 16;
            (void)execute(test::numbers(count), compute, distproc::serial_executor{}, distproc::memory_writer{results},
                          how);
            CHECK(results == test::numbers(count));
        }
    };
    const auto copy = [](std::span<const double> in, std::span<double> out) {
        for (std::size_t k = 0; k < in.size(); ++k) {
            out[k] = in[k];
        }
    };
    check(distproc::cell<5000>(copy));
    check(distproc::cell<std::numeric_limits<std::size_t>::max() / 2>(copy));
}
