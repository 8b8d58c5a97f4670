#pragma once

#include <ucontext.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace test {

/**
 * Runs a few actors in every order in which their accesses to shared words can interleave. An actor
 * is a function; it gives up control before each access to an `explored_word`. One thread, so a run
 * is what its schedule says and nothing else. Not for sanitizers that follow stacks.
 */
class explorer {
public:
    using actors = std::vector<std::function<void()>>;

    /// `begin` makes a fresh world and its actors, `end` checks what became of it. Returns the
    /// number of schedules.
    static std::size_t run(std::function<actors()> const& begin, std::function<void()> const& end)
    {
        std::size_t schedules = 0;
        std::vector<choice> path;
        do {
            explorer e(path);
            current() = &e;
            bool const new_history = e.play(begin());
            current() = nullptr;
            if (!new_history) continue;
            end();
            ++schedules;
        } while (advance(path));
        return schedules;
    }

    /// Accesses to the memory from `first` to `last` are steps; others happen along with the step before.
    static void watch(void const* first, void const* last)
    {
        watched_first() = first;
        watched_last() = last;
    }

    /// Before an access: another actor may come first. Outside of a run nothing happens.
    static void yield(void const* at, bool writes)
    {
        if (at < watched_first() || at >= watched_last()) return;
        if (auto* const e = current(); e && e->running_ >= 0) {
            auto& me = *e->fibers_[static_cast<std::size_t>(e->running_)];
            me.next_at = at;
            me.next_writes = writes;
            ::swapcontext(&me.context, &e->main_);
        }
    }

private:
    struct choice {
        std::vector<std::size_t> actors; ///< Who may go next.
        std::size_t taken = 0;
        std::vector<bool> asleep; ///< Whose next step leads only to histories that were seen.
    };
    struct fiber {
        ucontext_t context{};
        std::function<void()> work;
        void const* next_at = nullptr;
        bool next_writes = false;
        bool done = false;
    };

    explicit explorer(std::vector<choice>& path) : path_(path) {}

    static explorer*& current()
    {
        static explorer* e = nullptr;
        return e;
    }
    static void const*& watched_first()
    {
        static void const* p = nullptr;
        return p;
    }
    static void const*& watched_last()
    {
        static void const* p = nullptr;
        return p;
    }
    static char* stack_of(std::size_t actor)
    {
        static std::vector<char> stacks(4 * stack_size);
        return stacks.data() + actor * stack_size;
    }
    static constexpr std::size_t stack_size = 64 * 1024;

    static void enter()
    {
        auto& e = *current();
        auto& me = *e.fibers_[static_cast<std::size_t>(e.running_)];
        me.work();
        me.done = true; // and on to uc_link
    }

    bool play(actors work)
    {
        for (auto& w : work) {
            auto f = std::make_unique<fiber>();
            f->work = std::move(w);
            ::getcontext(&f->context);
            f->context.uc_stack.ss_sp = stack_of(fibers_.size());
            f->context.uc_stack.ss_size = stack_size;
            f->context.uc_link = &main_;
            ::makecontext(&f->context, &explorer::enter, 0);
            fibers_.push_back(std::move(f));
        }
        // To their first access: nothing shared has been touched, so the order does not matter.
        for (std::size_t i = 0; i < fibers_.size(); ++i) resume(i);
        std::vector<bool> asleep(fibers_.size());
        for (std::size_t depth = 0;; ++depth) {
            if (depth == path_.size()) {
                choice c;
                bool finished = true;
                for (std::size_t i = 0; i < fibers_.size(); ++i) {
                    if (fibers_[i]->done) continue;
                    finished = false;
                    if (!asleep[i]) c.actors.push_back(i);
                }
                if (finished) return true;
                if (c.actors.empty()) return false;
                c.asleep = asleep;
                path_.push_back(std::move(c));
            }
            auto const& c = path_[depth];
            auto const chosen = c.actors[c.taken];
            asleep = c.asleep;
            for (std::size_t i = 0; i < c.taken; ++i) asleep[c.actors[i]] = true;
            for (std::size_t i = 0; i < fibers_.size(); ++i)
                if (!commute(*fibers_[i], *fibers_[chosen])) asleep[i] = false;
            resume(chosen);
        }
    }
    static bool commute(fiber const& a, fiber const& b)
    {
        return a.next_at != b.next_at || (!a.next_writes && !b.next_writes);
    }
    void resume(std::size_t i)
    {
        running_ = static_cast<int>(i);
        ::swapcontext(&main_, &fibers_[i]->context);
        running_ = -1;
    }
    static bool advance(std::vector<choice>& path)
    {
        while (!path.empty() && path.back().taken + 1 == path.back().actors.size()) path.pop_back();
        if (path.empty()) return false;
        ++path.back().taken;
        return true;
    }

    std::vector<choice>& path_;
    std::vector<std::unique_ptr<fiber>> fibers_;
    ucontext_t main_{};
    int running_ = -1;
};

/// A word each access to which is a step of the schedule, if it is watched. Up to four actors.
class explored_word {
public:
    explored_word(std::uint64_t v = 0) : value_(v) {}

    std::uint64_t load(std::memory_order = {}) const
    {
        explorer::yield(this, false);
        return value_;
    }
    void store(std::uint64_t v, std::memory_order = {})
    {
        explorer::yield(this, true);
        value_ = v;
    }
    std::uint64_t fetch_add(std::uint64_t v, std::memory_order = {})
    {
        explorer::yield(this, true);
        auto const old = value_;
        value_ += v;
        return old;
    }
    bool compare_exchange_strong(
        std::uint64_t& expected, std::uint64_t v, std::memory_order = {}, std::memory_order = {})
    {
        explorer::yield(this, true);
        if (value_ == expected) {
            value_ = v;
            return true;
        }
        expected = value_;
        return false;
    }
    bool compare_exchange_weak(std::uint64_t& expected, std::uint64_t v, std::memory_order a = {},
        std::memory_order b = {})
    {
        return compare_exchange_strong(expected, v, a, b);
    }

private:
    std::uint64_t value_;
};

class explored_atomics {
public:
    using word = explored_word;
};

} // namespace test
