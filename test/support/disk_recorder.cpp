// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// For LD_PRELOAD: appends a line to the file DISTPROC_TEST_RECORD for each write to a file and each time that one is
// brought to the disk: "write NAME" or "sync NAME". DISTPROC_TEST_FAULT="NAME K": the K-th sync of a file whose name
// ends in NAME fails with EIO, once, as a disk does that has lost what was written.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

static std::string name_of(int file) {
    char path[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    const ssize_t length = readlink(link.c_str(), path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

static void record(std::string_view what, const std::string& name) {
    static const int to = [] {
        const char* const file = std::getenv("DISTPROC_TEST_RECORD");
        return file == nullptr ? -1 : open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    }();
    if (to >= 0 && !name.empty() && name.front() == '/') {
        const std::string line = std::string(what) + " " + name + "\n";
        static_cast<void>(!syscall(SYS_write, to, line.data(), line.size()));
    }
}

static bool fails(const std::string& name) {
    const char* const wanted = std::getenv("DISTPROC_TEST_FAULT");
    if (wanted == nullptr) {
        return false;
    }
    const std::string_view text = wanted;
    const std::size_t space = text.find(' ');
    static std::atomic<int> seen{0};
    return std::string_view(name).ends_with(text.substr(0, space)) &&
           ++seen == std::atoi(text.substr(space + 1).data());
}

static int sync_of(long call, int file) {
    const std::string name = name_of(file);
    if (fails(name)) {
        record("fault", name);
        errno = EIO;
        return -1;
    }
    const int code = static_cast<int>(syscall(call, file));
    record("sync", name);
    return code;
}

static ssize_t written(int file, long result) {
    record("write", name_of(file));
    return static_cast<ssize_t>(result);
}

extern "C" ssize_t pwrite(int file, const void* from, size_t bytes, off_t at) {
    return written(file, syscall(SYS_pwrite64, file, from, bytes, at));
}
extern "C" ssize_t pwrite64(int file, const void* from, size_t bytes, off64_t at) {
    return written(file, syscall(SYS_pwrite64, file, from, bytes, at));
}
extern "C" ssize_t pwritev(int file, const iovec* pieces, int count, off_t at) {
    return written(file, syscall(SYS_pwritev, file, pieces, count, at, 0));
}
extern "C" ssize_t pwritev64(int file, const iovec* pieces, int count, off64_t at) {
    return written(file, syscall(SYS_pwritev, file, pieces, count, at, 0));
}
extern "C" int fdatasync(int file) { return sync_of(SYS_fdatasync, file); }
extern "C" int fsync(int file) { return sync_of(SYS_fsync, file); }
