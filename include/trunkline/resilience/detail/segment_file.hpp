#pragma once

#include <trunkline/resilience/detail/segment_layout.hpp>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace trunkline::resilience::detail {

/// A file descriptor that is closed with its owner.
class owned_fd {
public:
    explicit owned_fd(int fd) noexcept : fd_(fd) {}
    ~owned_fd()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    owned_fd(owned_fd const&) = delete;
    owned_fd& operator=(owned_fd const&) = delete;
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

/// Mapped memory that is unmapped with its owner.
class mapping {
public:
    mapping() noexcept = default;
    mapping(void* p, std::size_t n) noexcept : at_(p == MAP_FAILED ? nullptr : p), size_(n) {}
    mapping(mapping&& other) noexcept
        : at_(std::exchange(other.at_, nullptr)), size_(std::exchange(other.size_, 0))
    {}
    mapping& operator=(mapping&& other) noexcept
    {
        std::swap(at_, other.at_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~mapping()
    {
        if (at_) ::munmap(at_, size_);
    }
    explicit operator bool() const noexcept { return at_; }
    char* data() const noexcept { return static_cast<char*>(at_); }
    std::size_t size() const noexcept { return size_; }

private:
    void* at_ = nullptr;
    std::size_t size_ = 0;
};

/// What this machine and process are, for the header.
class surroundings {
public:
    surroundings() noexcept
    {
        owner = ::geteuid();
        pid_namespace = namespace_of("/proc/self/ns/pid");
        time_namespace = namespace_of("/proc/self/ns/time");
    }
    std::uint64_t owner;
    std::uint64_t pid_namespace, time_namespace;

    /// Which start of the machine this is.
    static std::array<std::uint64_t, 2> boot() noexcept
    {
        std::array<std::uint64_t, 2> out{};
        char text[40] = {};
        owned_fd const fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
        auto const n = fd ? ::read(fd.get(), text, 36) : -1;
        for (long i = 0; i < n; ++i)
            out[i % 2] = out[i % 2] * 131 + static_cast<unsigned char>(text[i]);
        return out;
    }

private:
    /// The number in "pid:[4026531836]", which costs less than a stat of what the link leads to.
    static std::uint64_t namespace_of(char const* path) noexcept
    {
        char text[64];
        auto const n = ::readlink(path, text, sizeof text - 1);
        if (n <= 0) return 0;
        text[n] = 0;
        auto const* const at = std::strchr(text, '[');
        return at ? std::strtoull(at + 1, nullptr, 10) : 0;
    }
};

/**
 * The file of a segment. It appears under its name complete or not at all; whoever finds one there
 * that is not exactly what it expects leaves it alone. Errors are reasons in words.
 */
class segment_file {
public:
    segment_file(std::string path, segment_geometry const& g, std::uint64_t slots,
        std::uint64_t pools, std::uint64_t events)
        : path_(std::move(path)), geometry_(g), slots_(slots), pools_(pools), events_(events)
    {}

    /// Attaches to the segment, or makes it if there is none and `create`. Empty with `reason()` if neither.
    mapping open(bool create)
    {
        for (int i = 0; i < 3; ++i) {
            auto m = attach();
            if (m || errno_ != ENOENT || !create) return m;
            if (!make()) return {};
        }
        fail("it appears and disappears", EAGAIN);
        return {};
    }

    std::string const& reason() const noexcept { return reason_; }
    /// The other processes of the segment may not be known here: their ends cannot be seen.
    bool foreign_processes() const noexcept { return foreign_processes_; }

    /// Memory of the same shape, for this process alone.
    static mapping anonymous(std::size_t size)
    {
        mapping m(::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
            size);
        if (!m) throw std::bad_alloc();
        return m;
    }
    /// Fills memory that is all zero.
    static void format(char* memory, segment_geometry const& g, std::uint64_t slots,
        std::uint64_t pools, std::uint64_t events)
    {
        surroundings const here;
        auto* const header = new (memory) segment_header;
        auto& id = header->identity;
        id.magic = segment_magic;
        id.layout = segment_layout;
        id.size = g.size();
        id.slots = slots;
        id.index_entries = g.index_entries();
        id.pools = pools;
        id.events = events;
        id.owner = here.owner;
        id.boot = surroundings::boot();
        id.pid_namespace = here.pid_namespace;
        id.time_namespace = here.time_namespace;
        id.seed = seed();
        id.checksum = id.sum();
    }

private:
    bool fail(char const* what, int error = 0)
    {
        errno_ = error;
        reason_ = path_ + ": " + what;
        if (error != 0) reason_ += std::string(": ") + std::strerror(error);
        return false;
    }

    mapping attach()
    {
        owned_fd const fd(::open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
        if (!fd) {
            auto const error = errno;
            fail(error == ELOOP ? "is a symbolic link" : "cannot be opened", error);
            return {};
        }
        struct stat s;
        if (::fstat(fd.get(), &s) != 0) return fail("cannot be examined", errno), mapping();
        if (!S_ISREG(s.st_mode)) return fail("is not a regular file"), mapping();
        if (s.st_uid != ::geteuid()) return fail("belongs to another user"), mapping();
        if ((s.st_mode & 077) != 0) return fail("can be opened by other users"), mapping();
        auto const size = static_cast<std::uint64_t>(s.st_size);
        if (size < sizeof(segment_header)) return fail("is truncated"), mapping();
        // Read and not mapped: a file that shrinks cannot kill us before it has been checked.
        segment_identity id;
        if (::pread(fd.get(), &id, sizeof id, 0) != static_cast<ssize_t>(sizeof id))
            return fail("cannot be read", errno), mapping();
        if (!check(id, size)) return {};
        // What is in memory only has not outlived the machine's last start: not asked, as the
        // answer costs more than all other checks.
        struct statfs system;
        bool const kept = ::fstatfs(fd.get(), &system) != 0 || system.f_type != TMPFS_MAGIC;
        if (kept && id.boot != surroundings::boot())
            return fail("was made before the machine was started; remove it"), mapping();
        mapping m(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0), size);
        if (!m) fail("cannot be mapped", errno);
        return m;
    }

    bool check(segment_identity const& id, std::uint64_t size)
    {
        if (id.magic != segment_magic) return fail("is no segment of this library");
        if (id.layout != segment_layout) return fail("has another layout");
        if (id.checksum != id.sum()) return fail("has a damaged header");
        if (id.slots < 8 || id.slots > max_slots || id.pools > max_pools ||
            id.events > max_events || !std::has_single_bit(id.events))
            return fail("has sizes that cannot be");
        segment_geometry const g(id.slots, id.pools, id.events);
        if (id.index_entries != g.index_entries() || id.size != g.size())
            return fail("has sizes that cannot be");
        if (size != id.size) return fail("is truncated");
        surroundings const here;
        if (id.owner != here.owner) return fail("was made for another user");
        if (id.time_namespace != here.time_namespace)
            return fail("keeps another time: another time namespace");
        foreign_processes_ = id.pid_namespace != here.pid_namespace;
        return true;
    }

    /// True if there is a segment now, ours or another's.
    bool make()
    {
        auto const folder = path_.substr(0, path_.rfind('/') + 1);
        // Nameless until it is complete, so that nothing is left of a maker that dies.
        owned_fd const fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
        if (!fd) return fail("cannot be made", errno);
        auto const size = geometry_.size();
        // Reserved now: a full disk is an error here and not a signal later.
        if (auto const error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); error != 0)
            return fail("has no room", error);
        if (::fchmod(fd.get(), 0600) != 0) return fail("cannot be made", errno);
        mapping m(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0), size);
        if (!m) return fail("cannot be mapped", errno);
        format(m.data(), geometry_, slots_, pools_, events_);
        char name[32];
        std::snprintf(name, sizeof name, "/proc/self/fd/%d", fd.get());
        if (::linkat(AT_FDCWD, name, AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0 &&
            errno != EEXIST)
            return fail("cannot be named", errno);
        return true;
    }

    static std::uint64_t seed() noexcept
    {
        std::uint64_t out = 0;
        owned_fd const fd(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
        if (!fd || ::read(fd.get(), &out, sizeof out) != static_cast<ssize_t>(sizeof out))
            out = static_cast<std::uint64_t>(ns_of(std::chrono::steady_clock::now()));
        return out;
    }

public:
    static constexpr std::uint64_t max_slots = (1 << 24) - 1, max_pools = 1'024, max_events = 65'536;

private:
    std::string path_;
    segment_geometry geometry_;
    std::uint64_t slots_, pools_, events_;
    std::string reason_;
    int errno_ = 0;
    bool foreign_processes_ = false;
};

} // namespace trunkline::resilience::detail
