// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/patience.hpp>

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <list>

namespace distproc::detail {

enum class service_news : std::uint64_t { ask, answer, stop, count_of_node, count_elsewhere };

/// What the services of two nodes tell each other.
struct service_message {
    service_news what;
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
};

/// Small messages between the services of the nodes; nothing in it ever waits. Used by one thread.
class service_mail {
public:
    explicit service_mail(MPI_Comm leaders) noexcept : leaders_(leaders) {}

    void send(std::size_t to, service_message text) {
        outgoing& mail = outgoing_.emplace_back(outgoing{text, MPI_REQUEST_NULL});
        const int code = MPI_Issend(&mail.text, words, MPI_UINT64_T, mpi_count(to), tag, leaders_, &mail.request);
        mpi_call("MPI_Issend", code);
    }

    /// Calls `use(from, message)` for each message that is there.
    template <class Use>
    void receive_all(Use&& use) {
        for (;;) {
            int found = 0;
            MPI_Message mail = MPI_MESSAGE_NULL;
            MPI_Status status;
            mpi_call("MPI_Improbe", MPI_Improbe(MPI_ANY_SOURCE, tag, leaders_, &found, &mail, &status));
            if (found == 0) {
                return;
            }
            service_message text{};
            mpi_call("MPI_Mrecv", MPI_Mrecv(&text, words, MPI_UINT64_T, &mail, MPI_STATUS_IGNORE));
            use(static_cast<std::size_t>(status.MPI_SOURCE), text);
        }
    }

    /// Whether every message has reached its receiver. To be asked often: MPI moves on only when it is looked at.
    bool all_taken() {
        outgoing_.remove_if([](outgoing& each) { return has_ended(each.request); });
        return outgoing_.empty();
    }

private:
    struct outgoing {
        service_message text;
        MPI_Request request;
    };
    static constexpr int tag = 2;
    static constexpr int words = sizeof(service_message) / sizeof(std::uint64_t);

    MPI_Comm leaders_;
    std::list<outgoing> outgoing_;
};

} // namespace distproc::detail
