#include "open_clients.hpp"

#include "client.hpp"

#include <trunkline/store/store.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>

#include <unistd.h>

namespace trunkline::capi {
namespace {

/// Never freed: exit() may run while other threads are still inside.
std::atomic<open_clients*> current{nullptr};

/// How long exit() waits in all for what is under way. It is cancelled, which takes milliseconds;
/// a disk that hangs must not keep a process alive.
constexpr std::chrono::seconds patience{5};

} // namespace

open_clients& open_clients::of_process()
{
    auto* known = current.load(std::memory_order_acquire);
    if (known && known->owner_ == ::getpid()) return *known;
    if (!known) store::prepare_process();
    std::unique_ptr<open_clients> mine(new open_clients);
    mine->owner_ = ::getpid();
    if (!current.compare_exchange_strong(known, mine.get(), std::memory_order_acq_rel))
        return *known; // another thread was faster
    if (!known) {
        // What SOCI keeps was made first, so it goes after our threads.
        // Without OpenSSL's exit handler nothing is taken apart under threads of the host that are
        // inside the library; a host that used OpenSSL before us has it. Exit handlers run in
        // reverse order: ours is registered second and ends our own threads first.
        static_cast<void>(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr));
        static_cast<void>(std::atexit([] { open_clients::at_exit(); }));
    } // a forked child has inherited both
    return *mine.release();
}

void open_clients::add(trunkline_client* c)
{
    std::lock_guard const lock(mutex_);
    if (ended_) throw failure_status(TRUNKLINE_E_CLOSING, "the process is ending");
    all_.push_back(c);
}

void open_clients::remove(trunkline_client* c) noexcept
{
    std::lock_guard const lock(mutex_);
    std::erase(all_, c);
}

void open_clients::end(std::chrono::steady_clock::time_point deadline)
{
    std::lock_guard const lock(mutex_);
    ended_ = true;
    for (auto* c : all_) c->cancel_all();
    for (auto* c : all_) c->end_by(deadline);
}

void open_clients::at_exit() noexcept
{
    auto* known = current.load(std::memory_order_acquire);
    if (!known || known->owner_ != ::getpid()) return;
    try {
        known->end(std::chrono::steady_clock::now() + patience);
    } catch (...) {
        // Nobody is left to hear of it.
    }
}

} // namespace trunkline::capi
