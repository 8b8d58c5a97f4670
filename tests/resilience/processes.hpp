#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <new>
#include <stdexcept>
#include <vector>

namespace test {

/// Memory that forked children share, of one object.
template <class T>
class shared_object {
public:
    shared_object()
    {
        auto* const at =
            ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) throw std::bad_alloc();
        object_ = new (at) T;
    }
    ~shared_object() { ::munmap(object_, sizeof(T)); }
    shared_object(shared_object const&) = delete;
    shared_object& operator=(shared_object const&) = delete;
    T& operator*() const noexcept { return *object_; }
    T* operator->() const noexcept { return object_; }

private:
    T* object_;
};

/// Forked children, none of which outlives this.
class children {
public:
    children() = default;
    children(children const&) = delete;
    children& operator=(children const&) = delete;
    ~children() { kill_all(); }

    /// The child ends with what `work` returns, without running anybody's destructors.
    pid_t start(std::function<int()> const& work)
    {
        auto const pid = ::fork();
        if (pid < 0) throw std::runtime_error("fork failed");
        if (pid == 0) ::_exit(work());
        pids_.push_back(pid);
        return pid;
    }
    /// Does not wait for its end: under load that is a while.
    void kill_at(std::size_t i)
    {
        ::kill(pids_[i], SIGKILL);
        killed_.push_back(pids_[i]);
        pids_.erase(pids_.begin() + static_cast<std::ptrdiff_t>(i));
        std::erase_if(killed_, [](pid_t p) { return ::waitpid(p, nullptr, WNOHANG) != 0; });
    }
    /// Kills all, and returns when they are gone.
    void kill_all()
    {
        while (!pids_.empty()) kill_at(0);
        for (auto const pid : killed_) ::waitpid(pid, nullptr, 0);
        killed_.clear();
    }
    std::size_t size() const noexcept { return pids_.size(); }
    /// True if all ended with 0.
    bool wait()
    {
        bool good = true;
        for (auto const pid : pids_) {
            int status = 0;
            ::waitpid(pid, &status, 0);
            good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        pids_.clear();
        return good;
    }

private:
    std::vector<pid_t> pids_, killed_;
};

} // namespace test
