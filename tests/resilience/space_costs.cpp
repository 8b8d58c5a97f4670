/// That a decision allocates nothing and makes no system call.

#include "space_support.hpp"

#include <doctest/doctest.h>

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocations{0};

void* counted_new(std::size_t n)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (auto* const p = std::malloc(n)) return p;
    throw std::bad_alloc();
}

} // namespace

// For the whole program; nothing but the count is different.
void* operator new(std::size_t n)
{
    return counted_new(n);
}
void* operator new[](std::size_t n)
{
    return counted_new(n);
}
void operator delete(void* p) noexcept
{
    std::free(p);
}
void operator delete[](void* p) noexcept
{
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}
void operator delete[](void* p, std::size_t) noexcept
{
    std::free(p);
}

using namespace test;

namespace {

/// Everything that a request does, many times.
class decisions {
public:
    explicit decisions(resilience_space& space)
        : space_(space),
          breaker_(space.breaker("retell", acme)),
          limiter_(space.limiter("retell", acme)),
          open_(space.breaker("open", acme, {}, space.profile(touchy()))),
          pool_(space.leases("retell", acme))
    {
        pool_->configure(20, 2);
        run(10); // what is copied or opened once, is now
    }
    void run(int n)
    {
        for (int i = 0; i < n; ++i) {
            auto const now = coarse_clock::now();
            breaker_.report(breaker_.allow(), outcome::ok, 1ms);
            open_.report(open_.allow(), outcome::sick, 1ms); // trips, rejects, probes
            limiter_.try_acquire(1, priority::live_call);
            limiter_.try_acquire(1, priority::background, share_of(7), now);
            auto const found = space_.breaker("retell", acme, "group");
            found.report(found.allow(now), outcome::ok, 1ms, now);
            auto const l = pool_.try_take(call_direction::outbound, now + 1h, now);
            pool_->sending(l);
            pool_->bind(l, "call_0123456789abcdef0123456789abcdef");
            pool_->ended("call_0123456789abcdef0123456789abcdef");
        }
    }

private:
    resilience_space& space_;
    breaker_ref breaker_;
    limiter_ref limiter_;
    breaker_ref open_;
    lease_pool pool_;
};

} // namespace

TEST_CASE("space: scenario 15, decisions allocate nothing")
{
    segment_dir dir;
    auto space = dir.open();
    decisions d(space);
    auto const before = allocations.load();
    d.run(10'000);
    CHECK(allocations.load() == before);
    CHECK(before > 0); // the counter counts
}

// A sanitizer makes system calls of its own.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
TEST_CASE("space: scenario 15, decisions make no system call")
{
    segment_dir dir;
    auto space = dir.open();
    auto const in_strict_mode = [&](bool misbehave) {
        children child;
        child.start([&]() -> int {
            decisions d(space);
            // From here on any system call but exit kills us.
            if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return 2;
            d.run(10'000);
            if (misbehave) ::getppid();
            ::syscall(SYS_exit, 0);
            return 1;
        });
        return child.wait();
    };
    CHECK(in_strict_mode(false));
    CHECK_FALSE(in_strict_mode(true)); // it would be noticed
}
#endif
