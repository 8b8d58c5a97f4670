#pragma once

#include <trunkline/resilience/space.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace trunkline::resilience {

/**
 * A segment as those see it who share rates and verdicts between hosts: what was used since they
 * looked last, and two words that they may set, the share of a limiter and the time for which
 * others see a breaker open. Whoever decides never comes here.
 *
 * One object a process; of the processes of a host one flushes, by a lease in the segment. After a
 * fork the child is another one. Keys of more than 80 bytes are kept in part only and so are not
 * shared; `nameless()` says how many collect() saw. Looking costs a few ns for each key of the segment.
 *
 * Thread safety: none. Never waits for another process.
 */
class space_sharing {
public:
    class used_limiter {
    public:
        std::string key;
        double rate = 0;  ///< Configured, of all hosts together.
        double share = 0; ///< All of it until a share is set.
        std::uint64_t asked = 0;
    };
    class used_breaker {
    public:
        std::string key;
        nanoseconds open_for{0}; ///< By this host's own verdict.
    };
    class used_keys {
    public:
        std::vector<used_limiter> limiters;
        std::vector<used_breaker> breakers;
    };
    class contact {
    public:
        std::optional<time_point> last;
        unsigned hosts = 0;
    };

    explicit space_sharing(std::shared_ptr<resilience_space> space);

    /// Takes or renews the flusher lease (at most a minute). Nothing while another process holds
    /// it; else its generation, which grows with every new holder.
    std::optional<std::uint64_t> hold_flusher(time_point now, nanoseconds lease) noexcept;

    /// Keys in use, at most `most` of each kind: limiters that were asked since, breakers with
    /// calls in their window or open. What is left comes next time. Shares are renewed.
    used_keys collect(std::size_t most, time_point now);
    void set_share(std::string const& key, double share, time_point now);
    void open_by_others(std::string const& key, nanoseconds time, time_point now);

    contact last_contact() const noexcept;
    void remember(contact const& c) noexcept;
    std::uint64_t nameless() const noexcept { return nameless_; }

    /// "service/tenant/group" with '/' and '%' inside the parts as %2F and %25.
    static std::string key_of(
        std::string_view service, std::string_view tenant, std::string_view group);

private:
    /// Where a key lives, as long as the slot is of this generation.
    class place {
    public:
        std::uint64_t slot = 0, identity = 0;
        std::optional<double> share;
    };
    using places = std::unordered_map<std::string, place>;

    std::string name_of(std::uint64_t n, detail::slot_meta m);
    void visit_limiter(std::uint64_t n, detail::slot_meta m, used_keys& out, time_point now);
    void visit_breaker(std::uint64_t n, detail::slot_meta m, used_keys& out, time_point now);
    std::optional<detail::slot_meta> still_at(place const& p, slot_kind k) const noexcept;

    std::shared_ptr<resilience_space> space_;
    detail::space_state& state_;
    places limiters_, breakers_;
    std::uint64_t generation_ = 0; ///< Of our flusher lease; 0: none.
    process_identity holder_{};    ///< Who took it.
    std::uint64_t next_ = 0;       ///< Where the next collect() begins.
    std::uint64_t nameless_ = 0;
};

} // namespace trunkline::resilience
