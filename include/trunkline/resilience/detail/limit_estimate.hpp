#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

// How a limiter finds a limit that nobody tells, from refusals alone. Pure arithmetic on its words.

namespace trunkline::resilience::detail {

/// {part of the estimate that was seen granted 16, requests behind that 8, was idle 8, requests
/// taken since the last refusal 32}
class limit_measure {
public:
    static constexpr std::uint64_t idle = std::uint64_t{1} << 32;

    explicit limit_measure(std::uint64_t bits) noexcept : bits_(bits) {}
    limit_measure(double seen_part, double trust) noexcept
        : bits_(static_cast<std::uint64_t>(std::clamp(seen_part, 0.0, 1.0) * 0xffff) << 48 |
              static_cast<std::uint64_t>(std::clamp(trust, 0.0, 255.0)) << 40)
    {}
    std::uint64_t bits() const noexcept { return bits_; }
    double taken() const noexcept { return static_cast<double>(bits_ & 0xffff'ffff); }
    bool was_idle() const noexcept { return bits_ & idle; }
    double trust() const noexcept { return static_cast<double>((bits_ >> 40) & 0xff); }
    double seen_part() const noexcept { return static_cast<double>(bits_ >> 48) / 0xffff; }

private:
    std::uint64_t bits_;
};

/// {last refusal 32, last growth 32}, in ticks of about a millisecond. They wrap after seven weeks;
/// then a rate is a few requests behind what it might be.
class limit_moves {
public:
    explicit limit_moves(std::uint64_t bits) noexcept : bits_(bits) {}
    static limit_moves dropped(std::int64_t now) noexcept
    {
        return limit_moves(std::uint64_t{tick(now)} << 32 | tick(now));
    }
    limit_moves grown(std::int64_t now) const noexcept
    {
        return limit_moves((bits_ & ~std::uint64_t{0xffff'ffff}) | tick(now));
    }
    std::uint64_t bits() const noexcept { return bits_; }
    double seconds_since_drop(std::int64_t now) const noexcept
    {
        return since(now, static_cast<std::uint32_t>(bits_ >> 32));
    }
    double seconds_since_growth(std::int64_t now) const noexcept
    {
        return since(now, static_cast<std::uint32_t>(bits_));
    }

private:
    static constexpr int shift = 20;
    static std::uint32_t tick(std::int64_t now) noexcept
    {
        return static_cast<std::uint32_t>(static_cast<std::uint64_t>(now) >> shift);
    }
    /// None where `then` is a little ahead, by another thread's clock.
    static double since(std::int64_t now, std::uint32_t then) noexcept
    {
        auto const ticks = static_cast<std::int32_t>(tick(now) - then);
        return ticks > 0 ? ticks * ((1 << shift) * 1e-9) : 0;
    }

    std::uint64_t bits_;
};

/**
 * An estimate of the limit, and what it says about the rate.
 *
 * From one refusal to the next, at both of which the service had nothing left, it let through what
 * its limit is: that measures the limit to one request in all that were taken. The rate then stays
 * just below, creeps across after about 170 requests, is refused once, and so on: less than one
 * refusal in a hundred requests, and nothing lost, because the service saves up what was not asked
 * for. What it does not save (a small bucket, a long Retry-After) makes the measured rate too low,
 * so the rate that was refused counts as well: the truth is between the two.
 *
 * Where a refusal is overdue the limit has been raised, and the rate doubles each second until the
 * next one. So it does at first, when nothing is known.
 */
class limit_estimate {
public:
    limit_estimate(double limit, limit_measure m) noexcept : limit_(limit), measure_(m) {}

    /// What holds after a refusal.
    class verdict {
    public:
        double rate;
        double limit;
        limit_measure measure;
    };

    /// Refused at `rate`, `seconds` after the last refusal, which had kept all waiting for `held` of them.
    verdict refused(double rate, double seconds, double held) const noexcept
    {
        if (limit_ <= 0) return {rate * 0.7, rate * 0.85, limit_measure(0, 0)};
        if (is_overdue(held)) {
            auto const limit = std::max(std::pow(limit_, 0.6) * std::pow(rate, 0.4), rate * 0.6);
            return below(limit, limit_, 0);
        }
        auto const at = progress(held);
        // The cycle is a measure too: it ends in time if the rate at its end was right.
        if (measure_.trust() >= full_trust && at >= early)
            return below(rate * (1 - last_rise), rate * 0.95, full_trust);
        if (measure_.was_idle()) // the service may have saved up more than it grants in the time
            return below(limit_, limit_ * measure_.seen_part(), measure_.trust());
        return measured(rate, seconds, held, at >= early);
    }

    /// The rate to grow to. At most as fast as is safe where nothing is known.
    double growth(double rate, double seconds, double held) const noexcept
    {
        // At a low rate answers are few: no more than some percent on each.
        auto const fastest = rate * (1 + 0.7 * seconds * std::min(1.0, rate / 8));
        if (limit_ <= 0 || is_overdue(held)) return fastest;
        return std::min(limit_ * (1 + offset(progress(held))), fastest);
    }

private:
    verdict measured(double rate, double seconds, double held, bool in_time) const noexcept
    {
        auto const taken = measure_.taken();
        auto trust = measure_.trust();
        auto seen = limit_ * measure_.seen_part();
        // Refused at once where much was granted before: the limit has come down.
        bool const surprising = taken < 4 && rate < seen * 1.1;
        auto const granted = trust == 0 && taken >= 4 ? seen : 0;
        if (surprising) trust = std::floor(trust / 4);
        else if (taken < 8) trust = std::floor(trust / 2);
        // Most of a wait is lost to us, unless the service saves up that much.
        auto const time =
            (seen > 0 && trust > 0 ? trust / seen : 0) + std::max(seconds - 0.8 * held, 0.0);
        trust = (seen > 0 ? trust : 0) + taken;
        seen = time > 0 ? std::min(std::max(trust / time, granted), rate) : 0;
        trust = std::min(trust, full_trust);
        if (trust < 3 && time < 1) return below(rate * 0.7 / (1 - margin), seen, trust);
        // Of few requests the measure is rough.
        auto const part = in_time || taken < 8 ? 0.6 : 0.9;
        auto const least = std::max(seen, 0.5 / std::max(time, 0.01));
        auto const limit = std::pow(least, part) * std::pow(rate, 1 - part);
        return below(std::clamp(limit, 0.4 * rate, 0.98 * rate), seen, trust);
    }

    static verdict below(double limit, double seen, double trust) noexcept
    {
        return {limit * (1 - margin), limit, limit_measure(seen / limit, trust)};
    }

    /// Of a cycle: its length in requests and how far it is. An estimate that rests on little is
    /// soon tried again; one whose refusals cost a long wait is not.
    double cycle(double held) const noexcept
    {
        auto const trust = measure_.trust();
        return std::max({std::clamp(2 * trust, 24.0, 2 * full_trust), limit_,
            40 * held * limit_ * std::min(1.0, trust / full_trust)});
    }
    double progress(double held) const noexcept { return measure_.taken() / cycle(held); }

    /// Of the rate from the estimate: a little below, across, and steeply on when the cycle is over.
    static double offset(double at) noexcept
    {
        if (at < early) return -margin * (1 - at / early);
        auto const over = std::max(0.0, at - 1);
        return slope * (at - early) + steepness * over * over;
    }
    /// More was granted beyond the estimate than its error and the service's savings explain.
    bool is_overdue(double held) const noexcept
    {
        constexpr double enough = 5; // requests
        auto const at = progress(held);
        if (at < 1) return false;
        auto const risen = at - early, over = at - 1;
        return cycle(held) *
            (slope * risen * risen / 2 + steepness * over * over * over / 3 - margin * early / 2) >
            enough;
    }

    static constexpr double full_trust = 85; // requests
    static constexpr double early = 0.4;     // of a cycle
    static constexpr double margin = 0.02;
    static constexpr double slope = 0.025;
    static constexpr double last_rise = 0.015; // offset() where a cycle ends as planned
    static constexpr double steepness = 5;

    double limit_;
    limit_measure measure_;
};

} // namespace trunkline::resilience::detail
