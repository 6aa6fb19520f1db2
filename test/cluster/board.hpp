// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <fcntl.h>
#include <mpi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

namespace cluster {

/// The folder that all nodes of a run share, and that goes away with it.
inline std::filesystem::path shared_folder() {
    const char* folder = std::getenv("TMPDIR");
    return folder != nullptr ? folder : "/tmp";
}

/// What all ranks of all nodes can see and count on, past the library and past MPI: a mapped file. The nodes of
/// cluster.sh are one machine, so that atomics in it work between them.
class board {
public:
    static constexpr std::size_t most_ranks = 16;
    static constexpr std::size_t most_items = 1U << 16U;

    struct content {
        std::array<std::atomic<std::size_t>, most_ranks> computed;     ///< items, by rank
        std::array<std::atomic<std::size_t>, most_ranks> opened;       ///< output opened, by rank
        std::array<std::atomic<std::size_t>, most_ranks> written;      ///< items that reached a writer, by rank
        std::array<std::atomic<std::uint32_t>, most_items> times_seen; ///< by item
        std::atomic<std::int64_t> thrown_at;                           ///< nanoseconds of the machine's steady clock
    };

    /// Collective: a board with all counts at 0.
    board() {
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
        const std::string path = shared_folder() / "board";
        if (rank_ == 0) {
            open(path, O_RDWR | O_CREAT | O_TRUNC);
            MPI_Barrier(MPI_COMM_WORLD);
        } else {
            MPI_Barrier(MPI_COMM_WORLD);
            open(path, O_RDWR);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        if (rank_ == 0) {
            std::filesystem::remove(path);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
    board(const board&) = delete;
    board& operator=(const board&) = delete;
    ~board() { munmap(content_, sizeof(content)); }

    [[nodiscard]] std::size_t rank() const noexcept { return static_cast<std::size_t>(rank_); }
    /// Counts an item of this rank; no rank gets on before every one of `ranks` has one (within 30 s).
    void compute_together(std::size_t ranks) const {
        content_->computed[rank()] += 1;
        const auto begun = [this](std::size_t r) { return content_->computed[r] != 0; };
        for (std::size_t r = 0; r < ranks; ++r) {
            while (!begun(r) && std::chrono::steady_clock::now() < patience_) {
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        }
    }

    content* operator->() const noexcept { return content_; }

private:
    void open(const std::string& path, int flags) {
        const int file = ::open(path.c_str(), flags, 0600);
        if (file < 0 || ftruncate(file, sizeof(content)) != 0) {
            throw std::runtime_error("cannot make " + path);
        }
        void* where = mmap(nullptr, sizeof(content), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
        if (where == MAP_FAILED) {
            throw std::runtime_error("cannot map " + path);
        }
        content_ = static_cast<content*>(where); // all zero, which is the value 0 of every counter
    }

    int rank_ = 0;
    std::chrono::steady_clock::time_point patience_ = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    content* content_ = nullptr;
};

} // namespace cluster
