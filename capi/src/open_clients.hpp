#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include <sys/types.h>

struct trunkline_client;

namespace trunkline::capi {

/// The clients of this process, so that exit() finds them. Their threads use OpenSSL, which an exit
/// handler of its own takes apart: a thread that is still hashing then reads freed memory.
class open_clients {
public:
    /// Those of this process. A forked child leaves its parent's list alone, whose mutex another
    /// thread may have held at that moment, and begins anew.
    static open_clients& of_process();

    /// Throws failure_status TRUNKLINE_E_CLOSING when the process is ending.
    void add(trunkline_client* c);
    /// After this exit() does not touch it any more; waits for one that does.
    void remove(trunkline_client* c) noexcept;

private:
    open_clients() = default;
    static void at_exit() noexcept;
    void end(std::chrono::steady_clock::time_point deadline);

    pid_t owner_ = 0;
    std::mutex mutex_;
    bool ended_ = false;
    std::vector<trunkline_client*> all_;
};

} // namespace trunkline::capi
