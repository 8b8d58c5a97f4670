#pragma once

#include "simulator_model.hpp"

#include <trunkline/retell/simulator_webhooks.hpp>
#include <trunkline/retell/webhook_delivery.hpp>

#include <deque>

namespace trunkline::retell::simulation {

/// A delivery with its life.
class letter : public webhook_delivery {
public:
    bool awaited = false;      ///< A call waits for the answer.
    unsigned retries = 0;      ///< That are left.
    std::int64_t due = 0;      ///< When it is to be sent next.
    std::int64_t deadline = 0; ///< When the attempt counts as failed; 0: it has not begun.
};

/// How a delivery ended.
class verdict {
public:
    letter what;
    webhook_outcome outcome;
};

/// What an outbox holds, as one value.
class mail {
public:
    std::map<std::uint64_t, letter> letters;
    std::uint64_t next_id = 1;
    std::uint64_t signatures = 0; ///< Made so far: decides which key is used.
};

/**
 * Everything the service wants to send, in the order in which it is due, with retries and all that
 * may go wrong on the way. No I/O: what is taken is to be settled. An attempt that is not settled
 * in time has failed; so has one that a call waits for and nobody takes.
 */
class outbox {
public:
    outbox(webhook_options const& options, std::uint64_t seed) : options_(options), seed_(seed) {}

    /// Returns the id it was given. An event may be dropped, doubled or put off by the options.
    std::uint64_t post(letter l, std::int64_t at);
    /// Signs and gives out what is due, each once.
    std::vector<webhook_delivery> take(std::int64_t now, std::size_t at_most);
    /// The end of an attempt. A verdict if it was the last one. An unknown id is an answer that
    /// came too late.
    std::optional<verdict> settle(
        webhook_delivery const& attempt, webhook_outcome outcome, std::int64_t now);

    /// When the next attempt fails for time; INT64_MAX if none is under way.
    std::int64_t next_deadline() const noexcept;
    /// When something is to be sent.
    std::int64_t next_due() const noexcept;
    /// Fails the attempt whose deadline is the next.
    std::optional<verdict> expire();

    json::value report() const;
    void clear_report();
    json::object to_json() const;
    /// Throws trunkline::error.
    static mail read(json::value const& saved);
    /// What was under way is due again.
    void replace(mail m);

private:
    enum purpose : std::uint64_t { dropping = 1, doubling, delaying, delay, body, digest, time };
    double draw(std::uint64_t id, std::uint64_t p) const;
    bool happens(double share, std::uint64_t id, std::uint64_t p) const
    {
        return share > 0 && draw(id, p) < share;
    }
    void put(letter l);
    void enqueue(letter& l);
    void withdraw(letter const& l);
    void make_room();
    void sign(webhook_delivery& d, std::int64_t now);
    std::optional<verdict> conclude(letter& l, webhook_outcome outcome, std::int64_t now);
    void record(letter const& l, webhook_outcome const& outcome, std::int64_t now);

    webhook_options const& options_;
    std::uint64_t seed_;
    mail data_;
    std::set<std::pair<std::int64_t, std::uint64_t>> due_, deadlines_;
    std::map<std::string, std::uint64_t, std::less<>> counts_;
    std::deque<json::object> log_;
};

} // namespace trunkline::retell::simulation
