#pragma once

#include <trunkline/redis/local_words.hpp>
#include <trunkline/resilience/space_sharing.hpp>

#include <memory>

namespace trunkline::redis {

/**
 * The words of a segment that the processes of a host share, for a host_tier: all its limiters and
 * breakers, under "service/tenant/group". One object a process; any of them may be the flusher.
 *
 * A limiter with a share lets through the lower of that and what it has learned; a breaker that
 * enough others see open rejects as if it were, and goes on where it was when their time is over.
 *
 * Thread safety: as local_words.
 */
class space_words final : public local_words {
public:
    explicit space_words(std::shared_ptr<resilience::resilience_space> space)
        : words_(std::move(space))
    {}

    std::optional<std::uint64_t> hold_flusher(
        time_point now, std::chrono::milliseconds lease) override
    {
        return words_.hold_flusher(now, lease);
    }
    word_deltas collect(std::size_t most, time_point now) override;
    void set_share(std::string const& key, double share, time_point now) override
    {
        words_.set_share(key, share, now);
    }
    void open_by_others(
        std::string const& key, std::chrono::milliseconds time, time_point now) override
    {
        words_.open_by_others(key, time, now);
    }
    tier_memory memory() override;
    void remember(tier_memory const& m) override;

private:
    resilience::space_sharing words_;
};

} // namespace trunkline::redis
