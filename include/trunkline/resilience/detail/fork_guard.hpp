#pragma once

#include <trunkline/resilience/process.hpp>

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>

namespace trunkline::resilience::detail {

/// Who this process is, on a page that the kernel wipes in a forked child: the child sees zero and
/// looks anew, without a system call or a handler in between.
class fork_guard {
public:
    static process_identity self() noexcept
    {
        static auto* const page = make_page();
        if (!page) return process_table::self();
        auto seen = page->load(std::memory_order_relaxed);
        if (seen == 0) [[unlikely]] {
            auto const now = process_table::self();
            seen = (std::uint64_t{now.start} << 32) | now.pid;
            page->store(seen, std::memory_order_relaxed);
        }
        return {static_cast<std::uint32_t>(seen), static_cast<std::uint32_t>(seen >> 32)};
    }

private:
    static std::atomic<std::uint64_t>* make_page() noexcept
    {
        auto* const at =
            ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) return nullptr;
#ifdef MADV_WIPEONFORK
        if (::madvise(at, 4096, MADV_WIPEONFORK) == 0)
            return new (at) std::atomic<std::uint64_t>(0);
#endif
        ::munmap(at, 4096);
        return nullptr;
    }
};

} // namespace trunkline::resilience::detail
