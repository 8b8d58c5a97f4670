#pragma once

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace trunkline::resilience {

/// A process that cannot be mistaken for a later one of the same number: pid and a hash of its start.
class process_identity {
public:
    process_identity() noexcept = default;
    process_identity(std::uint32_t p, std::uint32_t s) noexcept
        : pid(p & 0x3f'ffff), start(s & 0x3ff)
    {}
    friend bool operator==(process_identity const&, process_identity const&) = default;

    std::uint32_t pid = 0;   ///< 22 bits, as the kernel's largest.
    std::uint32_t start = 0; ///< 10 bits.
};

/// What the kernel says about processes of this pid namespace. Costs a few system calls: for the
/// slow path only.
class process_table {
public:
    static process_identity self() noexcept
    {
        auto const pid = static_cast<std::uint32_t>(::getpid());
        return {pid, start_of(pid)};
    }
    /// False only if it is certain that the process has ended.
    static bool alive(process_identity const& p) noexcept
    {
        if (p.pid == 0) return false;
        if (::kill(static_cast<pid_t>(p.pid), 0) != 0 && errno == ESRCH) return false;
        auto const start = start_of(p.pid);
        return start == unknown || p.start == unknown || start == p.start;
    }

private:
    static constexpr std::uint32_t unknown = 0x3ff;

    /// Field 22 of /proc/PID/stat. The name before it may hold anything, so it is counted from its end.
    static std::uint32_t start_of(std::uint32_t pid) noexcept
    {
        char path[32], text[1024];
        std::snprintf(path, sizeof path, "/proc/%u/stat", pid);
        std::FILE* const file = std::fopen(path, "re");
        if (!file) return unknown;
        auto const n = std::fread(text, 1, sizeof text - 1, file);
        std::fclose(file);
        text[n] = 0;
        char const* at = std::strrchr(text, ')');
        for (int field = 2; at && field < 22; ++field) at = std::strchr(at + 1, ' ');
        if (!at) return unknown;
        auto const ticks = std::strtoull(at, nullptr, 10);
        return static_cast<std::uint32_t>((ticks * 0x9e3779b97f4a7c15ull) >> 32) % unknown;
    }
};

} // namespace trunkline::resilience
