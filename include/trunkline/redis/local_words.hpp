#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::redis {

/// What happened to the rate limiter of one key on this host.
class limiter_delta {
public:
    limiter_delta() {}
    std::string key;         ///< The same on every host; tenant included.
    double rate = 0;         ///< Configured for all hosts together, requests a second.
    double share = 0;        ///< What this host may use of it now.
    std::uint64_t asked = 0; ///< Requests since the last collect(), granted or not.
};

/// What happened to the breaker of one key on this host.
class breaker_delta {
public:
    breaker_delta() {}
    std::string key;
    /// How long this host's own verdict keeps it open; 0: not open. Never what open_by_others()
    /// did, or hosts would believe their own echo.
    std::chrono::milliseconds open_for{0};
};

/// Keys that were used, or changed, since the last collect().
class word_deltas {
public:
    word_deltas() {}
    std::vector<limiter_delta> limiters;
    std::vector<breaker_delta> breakers;
};

/// What the next holder of the flusher lease has to know.
class tier_memory {
public:
    tier_memory() {}
    std::optional<std::chrono::steady_clock::time_point> last_contact; ///< With Redis.
    unsigned hosts = 0;                                                ///< As it said then.
};

/**
 * The decision words of this host, shared by its processes, as the tier of several hosts sees them.
 * The one who decides never comes here: it reads and writes the words alone.
 *
 * Thread safety: one tier calls at a time in each process; several processes may at once.
 */
class local_words {
public:
    using time_point = std::chrono::steady_clock::time_point;
    virtual ~local_words() = default;

    /// Takes or renews the flusher lease (one word with a deadline, by CAS). Nothing while another
    /// process holds it; else its generation, which grows with every new holder.
    virtual std::optional<std::uint64_t> hold_flusher(
        time_point now, std::chrono::milliseconds lease) = 0;
    /// At most `most` keys of each kind; what is left comes next time.
    virtual word_deltas collect(std::size_t most, time_point now) = 0;
    /// This host may use so much of the key's rate (0: nothing); its burst in proportion. The
    /// credit in requests is kept.
    virtual void set_share(std::string const& key, double share, time_point now) = 0;
    /// Enough other hosts see the key open: reject for this long, then by itself no more. 0: at
    /// once no more.
    virtual void open_by_others(
        std::string const& key, std::chrono::milliseconds time, time_point now) = 0;

    virtual tier_memory memory() = 0;
    virtual void remember(tier_memory const& m) = 0;
};

} // namespace trunkline::redis
