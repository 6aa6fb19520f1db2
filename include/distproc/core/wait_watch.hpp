// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <sys/resource.h>

namespace distproc::detail {

/// Whether the thread that made it had to wait since: for a disk, a lock, another thread (not because others were given
/// its core). Where the system says that it cannot count that, it always had to.
class wait_watch {
public:
    [[nodiscard]] bool waited() const noexcept {
        const long now = waits();
        return now < 0 || now != begin_;
    }

private:
    static long waits() noexcept {
#ifdef RUSAGE_THREAD
        struct rusage used {};
        if (::getrusage(RUSAGE_THREAD, &used) == 0) {
            return used.ru_nvcsw;
        }
#endif
        return -1;
    }

    long begin_ = waits();
};

} // namespace distproc::detail
